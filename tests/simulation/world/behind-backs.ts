import { clearOf } from '../oracle/phone-content.ts'
import type { Act } from './acts.ts'
import { VILLAGES } from './office.ts'
import type { Phone, Tab } from './phone.ts'
import { MINUTE, SECOND } from './time.ts'
import type { World } from './world.ts'

type Perform = (act: Act) => Promise<void>

const SOON = 30 * SECOND

/** A copy of a phone that has no signal until it is let. */
async function quietCopy(world: World, phone: Phone): Promise<Phone> {
  const copy = await world.addPhone(phone)
  world.notary.copied(phone, copy)
  copy.line.offlineUntil = world.time.now + 10 * MINUTE
  return copy
}

const comeBack = (phone: Phone): void => {
  phone.line.offlineUntil = 0
  phone.look()
}

/** The database is put back to where it was before the work, and nobody says so. */
async function lose(world: World, work: () => Promise<unknown>): Promise<void> {
  if (!(await world.store.copy('restored-quietly'))) return
  const copiedAt = world.time.now
  await work()
  await world.time.pause(SOON)
  await world.putBack('restored-quietly', copiedAt)
  await world.time.pause(SOON)
}

/** What was lost of a phone is found again by itself, though its copy has used the very number for something else. */
async function behindACopy(world: World, phone: Phone, act: Act, perform: Perform): Promise<void> {
  if (world.phones.length > 5) return
  const copy = await quietCopy(world, phone)
  await lose(world, async () => {
    await perform({ ...act, at: act.at + 1000, kind: 'outreach' })
    await perform({ ...act, at: act.at + 2000, kind: 'outreach', on: copy.index })
  })
  comeBack(copy)
  await world.time.pause(MINUTE)
  world.did('lost-behind-a-copy')
}

/** On an old browser: the tab that was told goes, and the other one asks, to which it could tell nothing. */
async function behindATab(world: World, phone: Phone, act: Act, perform: Perform): Promise<void> {
  if (phone.isModern) return
  const second = await phone.start()
  await world.time.pause(SOON)
  await lose(world, async () => {
    await perform({ ...act, at: act.at + 1000, kind: 'outreach' })
    await world.time.pause(SOON)
    second?.life.die()
  })
  phone.look()
  await world.time.pause(MINUTE)
  world.did('lost-behind-a-tab')
}

/** Something that the office does not take, because it is not this person's to write. */
async function refusedOn(world: World, phone: Phone, tab: Tab, act: Act): Promise<number | null> {
  const held = world.office.villagesOf(phone.person)
  const elsewhere = VILLAGES.find((one) => !held.includes(one) && !world.office.merged.has(one))
  if (elsewhere === undefined) return null
  const id = tab.notebook.newId()
  const args = {
    about: `找${act.at}`,
    from: '',
    phone: '',
    text: '',
    channel: 'villager',
    on: world.office.today,
  }
  await tab.notebook.save([{ op: 'create', kind: 'lead', id, region: elsewhere, args }])
  await world.time.pause(SOON)
  const clear = await clearOf(phone.storage, tab.vault)
  return clear?.dead.find((row) => row.key === `lead/${id}`)?.n ?? null
}

/** What its author says of an op that was not taken moves no ledger, and a server of an older version promises it by its number alone. */
async function behindNoLedger(world: World, phone: Phone, tab: Tab, act: Act): Promise<void> {
  // Two phones under one number need a promise that says more.
  const hasCopies = world.phones.length > world.story.phones.length
  const n = hasCopies ? null : await refusedOn(world, phone, tab, act)
  if (n === null) return
  await lose(world, async () => {
    for (const index of world.servers.nodes.keys()) world.servers.age(index, world.time.now + SOON)
    world.servers.oldWays.isPromising = true
    await tab.notebook.care.askSupervisor(n, '')
  })
  world.servers.oldWays.isPromising = false
  phone.look()
  await world.time.pause(MINUTE)
  world.did('lost-behind-no-ledger')
}

/**
 * The database is put back behind everybody's back, and what is lost is hard to miss: by the phone's own copy, by another tab, by a ledger
 * that never moved (I-33).
 */
export async function behindBacks(world: World, phone: Phone, act: Act, perform: Perform): Promise<void> {
  const tab = phone.open ?? (await phone.start())
  if (!tab || phone.device === null || world.isCalm) return
  phone.look()
  await world.time.pause(SOON)
  if (world.isCalm) return
  if (act.c < 0.4) return behindACopy(world, phone, act, perform)
  if (act.c < 0.8 && !phone.isModern) return behindATab(world, phone, act, perform)
  return behindNoLedger(world, phone, tab, act)
}

/**
 * A phone was copied after it had been copied: two copies hold the same op, under a number that the phone itself has used for something
 * else. Each gets a number of its own, and the op counts once (I-6).
 */
export async function copiedTwice(world: World, phone: Phone, act: Act, perform: Perform): Promise<void> {
  const tab = phone.open ?? (await phone.start())
  if (!tab || phone.device === null || world.isCalm || world.phones.length > 4) return
  // Something to change; whatever is made twice is refused the second time.
  await perform({ ...act, at: act.at + 1000, kind: 'outreach' })
  phone.look()
  await world.time.pause(SOON)
  if (world.isCalm) return
  const first = await quietCopy(world, phone)
  await perform({ ...act, at: act.at + 2000, kind: 'patch', on: first.index })
  const second = await quietCopy(world, first)
  await perform({ ...act, at: act.at + 3000, kind: 'outreach' })
  phone.look()
  await world.time.pause(SOON)
  for (const copy of [first, second]) comeBack(copy)
  world.did('copied-twice')
}
