import { clearOf } from '../oracle/phone-content.ts'
import { must, Violation } from '../oracle/violation.ts'
import type { Dice } from './random.ts'
import type { Phone } from './phone.ts'
import { perform } from './people.ts'
import { DAY, MINUTE, SECOND } from './time.ts'
import type { World } from './world.ts'

/** Numbers that wait to be handed in. */
async function waitingOn(phone: Phone): Promise<number[]> {
  const clear = phone.open && (await clearOf(phone.storage, phone.open.vault))
  return (clear?.out ?? []).map((row) => row.n)
}

const mayGo = (phone: Phone): boolean =>
  phone.open !== undefined && phone.open.notebook.status.get()?.needsLogin === false

/** Somebody writes just while an exchange is under way, and does not look again: it goes all the same (I-8, TR-31). */
async function lastWord(world: World, dice: Dice): Promise<void> {
  const writing = world.phones.filter(mayGo)
  const before = new Map<Phone, number[]>()
  for (const phone of writing) before.set(phone, await waitingOn(phone))
  for (const phone of writing) {
    phone.look()
    const { index } = phone
    const act = {
      at: 9e8 + index,
      kind: 'outreach',
      on: index,
      a: dice.next(),
      b: dice.next(),
      c: 0,
    } as const
    world.time.after(
      dice.between(1, 4),
      () =>
        void perform(world, act).catch((error: unknown) => world.fail(new Violation('I-4', String(error)))),
    )
  }
  await world.until(world.time.now + MINUTE)
  for (const phone of writing) {
    if (world.wrong || !mayGo(phone)) continue
    const late = (await waitingOn(phone)).filter((n) => !before.get(phone)?.includes(n))
    must(
      late.length === 0,
      'I-8',
      () => `phone ${phone.index}: op ${late.join()}, saved during an exchange, waits for nothing`,
      'stuck',
    )
  }
}

/** As far apart as phones that come back together must be at least, and at most (I-45). */
const TOGETHER = SECOND
const BOUND = 31 * SECOND
const OUTAGE = 20 * MINUTE
const ROUNDS = 3

/** The servers are away for long; whenever the network seems to be back, all phones hear of it at once. */
async function herd(world: World): Promise<void> {
  for (const node of world.servers.nodes) node.downUntil = world.time.now + OUTAGE
  for (const phone of world.phones) phone.look()
  await world.until(world.time.now + 10 * MINUTE)
  const waits: number[] = []
  for (let round = 0; round < ROUNDS && !world.wrong; round++) {
    const woken = world.time.now
    const first = new Map<Phone, number>()
    world.asks = (phone) => void (first.has(phone) || first.set(phone, world.time.now - woken))
    // Whoever is asking already has nothing to spread.
    const asking = world.phones.filter(
      (one) => mayGo(one) && one.open?.notebook.status.get()?.running === false,
    )
    for (const phone of asking) phone.look()
    await world.until(woken + BOUND + SECOND)
    world.asks = null
    for (const phone of asking) {
      const ms = first.get(phone) ?? Infinity
      must(ms <= BOUND, 'I-45', () => `phone ${phone.index} was woken and asks nobody for ${ms} ms`)
      waits.push(ms)
    }
    await world.until(world.time.now + MINUTE)
  }
  const isHerd = waits.length >= 2 * ROUNDS && waits.every((ms) => ms < TOGETHER)
  must(!isHerd, 'I-45', () => `all phones come back together, each time: after ${waits.join(', ')} ms`)
  await world.until(world.time.now + OUTAGE)
}

/** Longer than the ring keeps what a backup holds, and shorter than a phone may be read without the server. */
const LONG_AWAY = 38 * DAY

/** Nobody takes a phone out for weeks; meanwhile there are backups, or none. */
async function longAway(world: World, dice: Dice): Promise<void> {
  for (const phone of world.phones) phone.killAll()
  await world.until(world.time.now + MINUTE)
  if (dice.chance(0.5)) await world.backUp()
  await world.until(world.time.now + LONG_AWAY)
  for (const phone of world.phones) await phone.start()
}

/** What happens seldom, and only in fair weather. @returns whether anything did */
export async function epilogue(world: World): Promise<boolean> {
  const dice = world.dice.of('epilogue')
  const [isLong, isHerd, isLast] = [dice.chance(0.06), dice.chance(0.04), dice.chance(0.15)]
  if (isHerd) await herd(world)
  if (isLong && !world.wrong) await longAway(world, dice)
  if (isLast && !world.wrong) await lastWord(world, dice)
  return isLong || isHerd || isLast
}
