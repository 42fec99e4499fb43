import { makeId, type Id } from '#domain/id.ts'
import { dayOf } from '#domain/time/day.ts'
import type { NotebookWithFiles } from '#phone/attachments/api.ts'
import type { Edit } from '#phone/api.ts'
import { enterVault, readEntry } from '#phone/enrolment.ts'
import { firstRead } from '#phone/first-read.ts'
import { createNotebook } from '#phone/notebook.ts'
import { browserPorts, type PhonePorts } from '#phone/ports.ts'
import type { VaultKeys } from '#phone/seal/envelope.ts'
import { unlockVault } from '#phone/vault/unlock.ts'
import type { Me } from '#sync/protocol/wire.ts'

const HOUR_MS = 3_600_000
const PIN = '739264'
const LONG_MS = 24 * HOUR_MS

/** A phone of the person whose port this is, open and cut off until told otherwise. */
export interface BenchPhone {
  notebook: NotebookWithFiles
  vault: string
  me: Me
  village: string
}

let awayMs = 0
/** Lets so much time go by on this phone's clock: it was in a pocket meanwhile. */
export function later(ms: number): void {
  awayMs += ms
}

const meOf = (notebook: NotebookWithFiles): Promise<Me> =>
  new Promise((resolve) => {
    const stop = notebook.me.subscribe((me) => {
      if (me) setTimeout(() => (stop(), resolve(me)))
    })
  })

/** A platform whose clock can be put forward and whose page is always looked at. @param keys of an unlocked vault */
function ports(keys: VaultKeys | null = null): PhonePorts {
  const bare = browserPorts('bench', { keys })
  const clock = { ...bare.clock, now: () => Date.now() + awayMs }
  return { ...bare, clock, visible: () => true, onWake: () => () => undefined }
}

async function open(vault: string, keys: VaultKeys | null): Promise<BenchPhone> {
  const notebook = await createNotebook(ports(keys), { vault, pollMs: LONG_MS })
  notebook.setCut(true)
  const me = await meOf(notebook)
  const village = me.posts.find((post) => post.role === 'mediator')?.region ?? ''
  return { notebook, vault, me, village }
}

/** Enters and opens the notebook; the first look at the server is the caller's. */
export async function enter(): Promise<BenchPhone> {
  const headers = { 'content-type': 'application/json', 'x-mingbai': '1' }
  const response = await fetch('/api/entry/demo', { method: 'POST', headers, body: '{}' })
  const entry = readEntry(await response.json())
  if (!entry.ok) throw new Error('the answer to entering is not understood')
  const vault = await enterVault(entry.value, ports())
  if (!vault.ok) throw new Error(vault.reason)
  return open(vault.value, null)
}

/** Gives a phone a PIN, closes it, and opens it again with it: from then on everything is written under the vault's own key. */
export async function protect({ notebook, vault }: BenchPhone): Promise<BenchPhone> {
  const set = await notebook.guard?.set(PIN)
  if (!set?.ok) throw new Error(set?.reason ?? 'no guard')
  await notebook.close()
  const shut = ports()
  const tables = await shut.openTables(vault)
  const unlocked = await unlockVault(tables, { by: 'pin', words: PIN }, shut)
  tables.close()
  if (!unlocked.ok) throw new Error(unlocked.reason)
  return open(vault, unlocked.value)
}

const random = (): Uint8Array => crypto.getRandomValues(new Uint8Array(10))
const FACTS = '两家为屋后的水沟争了起来，说好第二天一起去看。'

/** An invented dispute of about 680 bytes. */
export function disputeEdit(phone: BenchPhone, i: number, at: number): Edit {
  const on = dayOf(at)
  const party = (name: string) => ({ id: makeId(at, random()), name, kind: 'person' })
  return {
    op: 'create',
    kind: 'dispute',
    id: makeId(at, random()) as Id,
    region: phone.village,
    args: {
      type: 'D02',
      word: '',
      topic: `水沟${i}`,
      source: 'S1',
      place: '村口',
      flags: [],
      mediator: phone.me.person,
      parties: [party('王示例'), party('李示例')],
      facts: FACTS.repeat(3),
      happenedOn: on,
      acceptedOn: on,
      paperNo: '',
      mediatorName: '',
    },
  }
}

async function saved(phone: BenchPhone, edits: readonly Edit[]): Promise<number> {
  const began = performance.now()
  const done = await phone.notebook.save(edits)
  if (!done.ok) throw new Error(done.reason)
  return performance.now() - began
}

/** New records one after the other, each durable with its outbox entry. @returns ms of each, and what was saved */
export async function saves(
  phone: BenchPhone,
  count: number,
  now: number,
): Promise<{ took: number[]; ids: Id[]; bodies: object[] }> {
  const edits = Array.from({ length: count }, (_, i) => disputeEdit(phone, i, now - i * 1000))
  const took: number[] = []
  for (const edit of edits) took.push(await saved(phone, [edit]))
  return { took, ids: edits.map((one) => one.id), bodies: edits.map((one) => one.args) }
}

/** One-field edits going round so many records. @returns ms of each */
export async function fieldEdits(
  phone: BenchPhone,
  ids: readonly Id[],
  count: number,
  field: string,
  word: string,
): Promise<number[]> {
  const took: number[] = []
  for (let i = 0; i < count; i++)
    took.push(
      await saved(phone, [
        {
          op: 'patch',
          kind: 'dispute',
          id: ids[i % ids.length] as Id,
          region: phone.village,
          args: { [field]: `${word}${i}` },
        },
      ]),
    )
  return took
}

/** Resolves when a live value is as wanted. */
export const until = <T>(
  live: { subscribe(listener: (value: T) => void): () => void },
  is: (value: T) => boolean,
): Promise<void> =>
  new Promise((resolve) => {
    const stop = live.subscribe((value) => {
      if (is(value)) setTimeout(() => (stop(), resolve()))
    })
  })

/** Lets the engine go until nothing waits. @returns ms until every receipt was durable */
export async function handIn(phone: BenchPhone): Promise<number> {
  const began = performance.now()
  phone.notebook.setCut(false)
  await until(phone.notebook.status, (status) => status.waiting === 0)
  const took = performance.now() - began
  await settle(phone)
  return took
}

async function settle(phone: BenchPhone): Promise<void> {
  await until(phone.notebook.status, (status) => !status.running)
  phone.notebook.setCut(true)
}

/** Lets the engine go until so many disputes can be listed. @returns ms */
export async function pullUntil(phone: BenchPhone, count: number): Promise<number> {
  const began = performance.now()
  phone.notebook.setCut(false)
  await until(phone.notebook.rows, (rows) => rows.length >= count)
  const took = performance.now() - began
  await settle(phone)
  return took
}

/** Reads the first list as the app does that was just loaded (`app/main.ts`): straight from the database, before the notebook. @returns ms */
export async function firstList(vault: string, count: number): Promise<number> {
  const began = performance.now()
  const read = await firstRead(vault, undefined, count)
  if (read?.rows.length !== count) throw new Error('the first list is not whole')
  return performance.now() - began
}

/** Opens the notebook as a page does that was just loaded, and lists so many. @returns ms */
export async function restart(vault: string, count: number): Promise<number> {
  const began = performance.now()
  const notebook = await createNotebook(ports(), { vault, pollMs: LONG_MS })
  notebook.setCut(true)
  await until(notebook.rows, (rows) => rows.length >= count)
  return performance.now() - began
}

/** One look at the server. @returns ms until its answer was applied */
export async function look(phone: BenchPhone): Promise<number> {
  const began = performance.now()
  phone.notebook.setCut(false)
  await phone.notebook.tryNow()
  const took = performance.now() - began
  phone.notebook.setCut(true)
  return took
}

/** How many records show a word in a field, by reading each. */
export async function countWith(
  phone: BenchPhone,
  ids: readonly Id[],
  field: string,
  starts: string,
): Promise<number> {
  let count = 0
  for (const id of ids) {
    const live = phone.notebook.open('dispute', id)
    await until(live, (one) => one !== undefined)
    const value = live.get()?.body[field]
    if (typeof value === 'string' && value.startsWith(starts)) count++
  }
  return count
}

/** The newest so many of a village and stage out of all rows, again and again. @returns ms of each */
export function queries(phone: BenchPhone, count: number, times: number): number[] {
  const took: number[] = []
  for (let i = 0; i < times; i++) {
    const began = performance.now()
    const found = []
    for (const row of phone.notebook.rows.get() ?? []) {
      if (row.region !== phone.village || row.stage !== 'open' || row.kind !== 'dispute') continue
      found.push(row)
      if (found.length === count) break
    }
    took.push(performance.now() - began)
  }
  return took
}
