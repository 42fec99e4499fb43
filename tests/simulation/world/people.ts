import type { Kind } from '#domain/record/kind.ts'
import { dayOf } from '#domain/time/day.ts'
import { makeId } from '#domain/id.ts'
import { refusedOf, storedOf } from '../oracle/phone-content.ts'
import { clearOf } from '../oracle/phone-content.ts'
import type { Act } from './acts.ts'
import { attach } from './attach.ts'
import { background } from './background.ts'
import { behindBacks, copiedTwice } from './behind-backs.ts'
import { cachedFor } from './cached.ts'
import { editsOf, type Desk, type Seen } from './edits.ts'
import { impostor } from './impostor.ts'
import { newHistory } from './new-history.ts'
import { oldPage } from './old-page.ts'
import { CAST_SIZE } from './story.ts'
import { NEW_CODE, VILLAGES } from './office.ts'
import type { Phone, Tab } from './phone.ts'
import { remap } from './remap.ts'
import { twoRunners } from './two-runners.ts'
import { report } from './reports.ts'
import { MINUTE } from './time.ts'
import type { World } from './world.ts'

const KINDS: readonly string[] = ['dispute', 'meeting', 'outreach', 'lead', 'service']

/** What a person sees on the phone. */
async function recordsOn(phone: Phone, vault: string): Promise<Seen[]> {
  const clear = await clearOf(phone.storage, vault)
  const seen: Seen[] = []
  for (const row of clear?.rec ?? []) {
    if (!KINDS.includes(row.kind)) continue
    const stored = await storedOf(row).catch(() => null)
    if (!stored || stored.now.deleted) continue
    const { region, body, losses = [] } = stored.now
    seen.push({ kind: row.kind as Kind, id: row.id, region, body, losses })
  }
  return seen
}

/** Villages this person writes for. Who has not heard that one has gone over goes on in the old one. */
async function villagesOn(world: World, phone: Phone, tab: Tab): Promise<string[]> {
  const now = world.office.villagesOf(phone.person)
  if (world.office.merged.size === 0) return now
  const posts = (await clearOf(phone.storage, tab.vault))?.me?.posts ?? []
  const heard = [...VILLAGES, NEW_CODE].filter((one) => posts.some(({ region }) => one.startsWith(region)))
  return heard.length > 0 ? heard : now
}

async function deskOf(world: World, phone: Phone, tab: Tab, act: Act): Promise<Desk> {
  const dice = world.dice.of(`act ${act.at} ${act.kind} ${act.a}`)
  const held = await villagesOn(world, phone, tab)
  let words = 0
  return {
    newId: () => makeId(world.time.now, dice.bytes(10)),
    today: dayOf(phone.watch.wall > 0 ? phone.watch.wall : 0),
    // Words nobody else types, so that each can be looked for.
    word: () => `字${Math.floor(act.at / 1000)}.${Math.floor(act.b * 1e6)}.${words++}`,
    villages: held.length > 0 ? held : [VILLAGES[0]],
    records: await recordsOn(phone, tab.vault),
  }
}

/** An open page of a phone, opened if there is none. */
export const page = async (phone: Phone): Promise<Tab | null> => phone.open ?? phone.start()

async function save(world: World, phone: Phone, act: Act): Promise<void> {
  const tab = await page(phone)
  if (!tab) return
  const edits = editsOf(await deskOf(world, phone, tab, act), act)
  if (!edits) return
  world.statistics.saves++
  const saved = await tab.notebook.save(edits)
  await world.notary.look([phone])
  world.notary.said(phone, tab.vault, edits, saved)
}

/** Decides about an op that was not accepted. */
async function decide(world: World, phone: Phone, act: Act): Promise<void> {
  const tab = await page(phone)
  const clear = tab && (await clearOf(phone.storage, tab.vault))
  if (!tab || !clear || clear.dead.length === 0) return
  const row = clear.dead[Math.floor(act.a * clear.dead.length)] as (typeof clear.dead)[number]
  const refused = await refusedOf(row).catch(() => null)
  if (!refused) return
  world.notary.willGiveUp(phone, tab.vault, row.n)
  await tab.notebook.discard(row.n)
}

/** An op that was not accepted, as its author finds it. */
async function refusedOn(phone: Phone, act: Act) {
  const tab = await page(phone)
  const clear = tab && (await clearOf(phone.storage, tab.vault))
  const row = clear?.dead[Math.floor(act.a * clear.dead.length)]
  const refused = row && (await refusedOf(row).catch(() => null))
  return tab && row && refused ? { tab, n: row.n, op: refused.op } : null
}

/** Saves the same again in the place of an op that was not accepted; its author may do so as often as they like. */
async function resend(world: World, phone: Phone, act: Act): Promise<void> {
  const found = await refusedOn(phone, act)
  if (!found) return
  const { tab, n, op } = found
  world.notary.willGiveUp(phone, tab.vault, n)
  const edit = { op: op.k, kind: op.e[0] as Kind, id: op.e[1], region: op.r, args: op.a }
  const sent = await tab.notebook.care.resend(n, [edit])
  if (sent.ok) world.did('resend')
}

async function askOffice(world: World, phone: Phone, act: Act): Promise<void> {
  const found = await refusedOn(phone, act)
  // Half of an emoji now and then: what a field cuts off that holds only so much.
  const words = `请看看${act.c < 0.5 ? '\ud83d' : ''}`
  if (found && (await found.tab.notebook.care.askSupervisor(found.n, words)).ok) world.did('ask-office')
}

const PHRASE = '山路弯弯 二月采茶 一盏灯'

/** The backup of one phone is read in on another that the same person takes up: what is taken twice counts once. */
async function carryBackup(world: World, phone: Phone, act: Act): Promise<void> {
  const tab = await page(phone)
  const person = tab && (await clearOf(phone.storage, tab.vault))?.me?.person
  const others = world.phones.filter((one) => one !== phone)
  const other = others[Math.floor(act.b * others.length)]
  if (!tab || !person || !other) return
  const made = await alive(tab, tab.notebook.care.backup.make(PHRASE))
  if (!made?.ok) return
  for (const one of other.tabs) await other.close(one)
  other.person = world.office.indexOf(person)
  await world.enterAs(other)
  const there = other.open
  if (!there) return
  const taken = await alive(there, there.notebook.care.backup.take(made.value.blob, PHRASE))
  if (taken?.ok) world.did('carry-backup')
}

/** What comes of it, unless the page dies over it. */
const alive = <T>(tab: Tab, work: Promise<T>): Promise<T | null> =>
  Promise.race([work, new Promise<null>((go) => void tab.life.onDeath(() => go(null)))])

async function secondTab(phone: Phone): Promise<void> {
  if (phone.tabs.length < 3) await phone.start()
}

/** Somebody else takes the phone and enters. */
async function switchUser(world: World, phone: Phone, act: Act): Promise<void> {
  for (const tab of phone.tabs) await phone.close(tab)
  phone.person = (phone.person + 1 + Math.floor(act.a * (CAST_SIZE - 1))) % CAST_SIZE
  await world.enterAs(phone)
}

const somebody = (act: Act): number => Math.floor(act.a * CAST_SIZE)
const village = (share: number): string => VILLAGES[Math.floor(share * VILLAGES.length)] ?? VILLAGES[0]

/** What the office decides about posts and single records. */
async function rights(world: World, act: Act): Promise<void> {
  const { office } = world
  if (act.kind === 'give-post') {
    const place = office.nowOf(village(act.b))
    // A town's coordinator sees much at a desk and little on a phone.
    if (act.c > 0.88) return office.give(somebody(act), 'coordinator', place.slice(0, 9))
    return office.give(somebody(act), act.c < 0.6 ? 'mediator' : 'understander', place)
  }
  if (act.kind === 'take-post') return void office.takeOne(somebody(act), act.b)
  const ids = await world.store.recordIds()
  const id = ids[Math.floor(act.b * ids.length)]
  if (id === undefined) return
  if (act.kind === 'give-record') office.giveRecord(somebody(act), id)
  else office.takeRecord(somebody(act), id)
}

/** Does one act. Whoever is in the middle of something when the page dies never comes back from it. */
export async function perform(world: World, act: Act): Promise<void> {
  const phone = world.phones[act.on]
  if (!phone) return
  switch (act.kind) {
    case 'open':
    case 'look':
      await page(phone)
      return phone.look()
    case 'close':
      if (phone.open) await phone.close(phone.open)
      return
    case 'no-signal':
      phone.line.offlineUntil = Math.max(phone.line.offlineUntil, world.time.now + (1 + act.a * 6) * MINUTE)
      return void world.time.after(phone.line.offlineUntil - world.time.now, () => phone.reached())
    case 'put-away':
      for (const tab of phone.tabs) tab.visible = false
      return
    case 'second-tab':
      return secondTab(phone)
    case 'discard':
      return decide(world, phone, act)
    case 'resend':
      return resend(world, phone, act)
    case 'ask-office':
      return askOffice(world, phone, act)
    case 'office-answers':
      if (await world.store.answerRefused(act.a, act.b < 0.6 ? 'returned' : 'noted')) world.did(act.kind)
      return
    case 'carry-backup':
      return carryBackup(world, phone, act)
    case 'switch-user':
      return switchUser(world, phone, act)
    case 'give-post':
    case 'take-post':
    case 'give-record':
    case 'take-record':
      return rights(world, act)
    case 'attach': {
      const tab = await page(phone)
      return tab ? attach(world, phone, tab, await recordsOn(phone, tab.vault), act) : undefined
    }
    case 'report':
      return report(world, act)
    case 'cached-for':
      return cachedFor(world, phone, act, (one) => perform(world, one))
    case 'new-history':
      return newHistory(world, phone, act)
    case 'two-runners':
      return twoRunners(world, act)
    case 'old-page':
      return oldPage(world, phone, act)
    case 'behind-backs':
      return behindBacks(world, phone, act, (one) => perform(world, one))
    case 'copied-twice':
      return copiedTwice(world, phone, act, (one) => perform(world, one))
    case 'impostor':
      return impostor(world, phone, act, (one) => perform(world, one))
    case 'background':
      return background(world, phone, act)
    case 'remap':
      return remap(world, act)
    case 'server-backup':
      return world.backUp()
    case 'update':
      phone.app = `1.0.${Math.floor(act.a * 100)}`
      phone.killAll()
      return void (await phone.start())
    default:
      return save(world, phone, act)
  }
}
