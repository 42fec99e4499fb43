import type { Kind } from '#domain/record/kind.ts'
import { clearOf, type Clear } from '../oracle/phone-content.ts'
import { epilogue } from './epilogue.ts'
import { Violation } from '../oracle/violation.ts'
import type { Phone } from './phone.ts'
import { finishRemaps } from './remap.ts'
import { HOUR, MINUTE } from './time.ts'
import type { World } from './world.ts'

/** Vaults of a phone by the person who entered them, in the order in which they were made. */
const vaultsOf = (world: World, phone: Phone): { vault: string; person: number }[] =>
  [...world.notary.books.values()]
    .filter((book) => book.phone === phone && book.seen?.me)
    .map((book) => ({ vault: book.vault, person: world.office.indexOf(book.seen?.me?.person ?? '') }))

/** Ops that may still go by themselves: the others wait for their author's decision about one that was refused. */
function goes(clear: Clear): number {
  return clear.out.filter((row) => row.state !== 'blocked').length
}

/** Whether an open page has handed in and fetched all there is. @returns what it still waits for; '' when nothing */
async function waitsFor(world: World, phone: Phone, isLast: boolean): Promise<string> {
  const tab = phone.open
  if (!tab) return 'no page'
  const status = tab.notebook.status.get()
  if (status?.needsLogin) return 'login'
  if (status?.running) return 'an exchange'
  const clear = await clearOf(phone.storage, tab.vault)
  if (!clear) return 'its store'
  if (goes(clear) > 0) return `${goes(clear)} ops`
  if (clear.ring.some((row) => row.again === 1)) return 'the ring to be offered again'
  if (!isLast) return ''
  const heads = await world.store.heads()
  for (const [county, cursor] of clear.cursors)
    if (cursor < (heads.get(county) ?? 0)) return `rows of ${county}: ${cursor} of ${heads.get(county)}`
  return clear.cursors.size === 0 ? 'its first rows' : ''
}

/** Signs in whoever has to; a phone whose number another one uses gets a new number, as technical help would give it. */
async function help(world: World, phone: Phone): Promise<void> {
  const tab = phone.open
  if (!tab) return void (await world.enterAs(phone))
  if (!tab.notebook.status.get()?.needsLogin) return
  await world.signIn(phone)
  await world.until(world.time.now + MINUTE)
  if (phone.open?.notebook.status.get()?.needsLogin) await world.renumber(phone)
}

/** Photographs go up after everything else; one that nobody may see any more stays where it is. */
async function untilHandedIn(world: World): Promise<void> {
  const areWaiting = () =>
    world.phones.some((phone) => (phone.open?.notebook.files.waiting.get()?.files ?? 0) > 0)
  const end = world.time.now + 2 * HOUR
  while (world.keptFile && !world.wrong && areWaiting() && world.time.now < end) {
    for (const phone of world.phones) phone.look()
    await world.until(world.time.now + 10 * MINUTE)
  }
}

async function untilQuiet(world: World, isLast: boolean, end: number): Promise<string> {
  for (;;) {
    await world.until(world.time.now + 10 * MINUTE)
    if (world.wrong) return ''
    const waits: string[] = []
    for (const phone of world.phones) {
      const what = await waitsFor(world, phone, isLast)
      if (what !== '') waits.push(`phone ${phone.index} waits for ${what}`)
      if (what === 'login' || what === 'no page') await help(world, phone)
    }
    if (waits.length === 0) return ''
    if (world.time.now >= end) return waits.join('; ')
    for (const phone of world.phones) phone.look()
  }
}

/**
 * The weather has cleared: everybody enters, each on every vault they have, looks, and two days pass. After that nothing may be
 * waiting that could go (I-8).
 */
export async function calm(world: World): Promise<void> {
  await finishRemaps(world)
  const end = world.time.now + 48 * HOUR
  const stuck = (what: string) =>
    what !== '' && world.fail(new Violation('I-8', `after two fair days ${what}`, 'stuck'))
  const vaults = world.phones.map((phone) => vaultsOf(world, phone))
  const rounds = Math.max(1, ...vaults.map((one) => one.length))
  for (let round = 0; round < rounds && !world.wrong; round++) {
    for (const [at, phone] of world.phones.entries()) {
      const mine = vaults[at]?.[round]
      if (mine && phone.open?.vault !== mine.vault) {
        phone.killAll()
        phone.person = mine.person
        await world.enterAs(phone)
      } else if (!phone.open) await world.enterAs(phone)
      await world.signIn(phone)
      phone.look()
    }
    // Nothing follows the last round but photographs.
    stuck(await untilQuiet(world, round === rounds - 1 && !world.keptFile, end))
    await untilHandedIn(world)
  }
  if (world.wrong) return
  if (world.keptFile) {
    for (const phone of world.phones) phone.look()
    stuck(await untilQuiet(world, true, end))
  }
  if (!world.wrong && (await epilogue(world))) await untilEnded(world, stuck)
  if (!world.wrong && world.notary.isLossUnnoticed(await world.store.epoch())) await nextDay(world, end)
  if (!world.wrong && world.notary.hasDamage()) await untilMended(world, end)
}

/** Everybody asks in full once a day: what was lost quietly, and looks as if it were there, is found by then. */
async function nextDay(world: World, end: number): Promise<void> {
  await world.until(world.time.now + 25 * HOUR)
  for (const phone of world.phones) phone.look()
  const what = await untilQuiet(world, true, Math.max(end, world.time.now + 2 * HOUR))
  if (what !== '') world.fail(new Violation('I-8', `after two fair days ${what}`, 'stuck'))
}

/** Whatever happened at the end is handed in and fetched as well. */
async function untilEnded(world: World, stuck: (what: string) => unknown): Promise<void> {
  if (world.wrong) return
  for (const phone of world.phones) {
    if (phone.open) await world.signIn(phone)
    else await world.enterAs(phone)
    phone.look()
  }
  for (const isLast of [false, true]) {
    stuck(await untilQuiet(world, isLast, world.time.now + 48 * HOUR))
    if (!world.wrong) for (const phone of world.phones) phone.look()
  }
}

/**
 * A row that rots after phone and server were found to agree is noticed at the next comparison, a day later, or when somebody opens
 * the record.
 */
async function untilMended(world: World, end: number): Promise<void> {
  for (const phone of world.phones) await readAll(phone)
  await nextDay(world, end)
}

/** Somebody leafs through everything. */
async function readAll(phone: Phone): Promise<void> {
  const tab = phone.open
  const clear = tab && (await clearOf(phone.storage, tab.vault))
  if (!tab || !clear) return
  for (const row of clear.rec) tab.notebook.open(row.kind as Kind, row.id).subscribe(() => undefined)
}
