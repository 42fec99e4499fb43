import type { KeepYears, RetentionId } from '#domain/privacy/retention.ts'
import { addYears, dayOf, startOf } from '#domain/time/day.ts'
import { erase } from '../backup/erase.ts'
import type { Database, Tx } from '../database/database.ts'
import { retrying } from '../database/failures.ts'
import { record as audit } from '../repositories/audit.ts'
import type { Erasure } from '../repositories/backup/erasures.ts'
import {
  emptyRefused,
  endedBefore,
  filesBefore,
  hangingOn,
  hangingOnErased,
  type Before,
  type DueRecord,
  type Hanging,
} from '../repositories/privacy/due.ts'
import { heldAmong } from '../repositories/privacy/holds.ts'
import { countiesOf } from '../repositories/sync/purge.ts'

/** Roots of one transaction: pushes of their county wait for it. */
const AT_A_TIME = 100
const FIRST = '00000000-0000-0000-0000-000000000000'

export interface EraseDeps {
  database: Database
  keep: KeepYears
  /** Writes numbers of what is about to be erased where a restore will find them; before anything is erased. */
  note(list: readonly Erasure[]): Promise<void>
}

/** What a night came to. */
export interface ErasedDue {
  /** Records emptied, what hangs on them included. */
  records: number
  /** Records whose time is over and that a hold keeps. */
  held: number
  /** Refused entries whose text went. */
  refused: number
}

/** A record whose time is over, with all that goes along. */
interface Group {
  root: DueRecord
  all: readonly DueRecord[]
}

function groupsOf(roots: readonly DueRecord[], hanging: readonly Hanging[]): Group[] {
  const of = new Map<string, Hanging[]>()
  for (const one of hanging) of.set(one.of, [...(of.get(one.of) ?? []), one])
  const below = (id: string): Hanging[] => (of.get(id) ?? []).flatMap((one) => [one, ...below(one.id)])
  return roots.map((root) => ({ root, all: [root, ...below(root.id)] }))
}

/** Erases those groups of which no part is held. @returns how many records, and how many groups stay */
async function eraseGroups(
  tx: Tx,
  deps: EraseDeps,
  county: string,
  groups: readonly Group[],
  as: RetentionId,
  now: number,
): Promise<{ records: number; held: number }> {
  const ids = groups.flatMap((one) => one.all.map((each) => each.id))
  const held = await heldAmong(tx, county, ids, dayOf(now))
  const free = groups.filter((one) => !one.all.some((each) => held.has(each.id)))
  const at = new Date(now)
  const list = free.flatMap((one) =>
    one.all.map(({ kind, id, region }): Erasure => ({
      kind,
      id,
      region,
      at: at.toISOString(),
      counted: true,
    })),
  )
  if (list.length > 0) {
    await deps.note(list)
    await erase(tx, list, at)
    await audit(
      tx,
      now,
      ...free.map(({ root: { kind, id, region } }) => ({
        actor: null,
        role: 'retention',
        action: 'record.expire',
        object: { kind, id },
        region,
        reason: as,
      })),
    )
  }
  return { records: list.length, held: groups.length - free.length }
}

const cutoff = (now: number, years: number): Before => {
  const day = addYears(dayOf(now), -years)
  return { day, at: new Date(startOf(day)) }
}

type Find = (tx: Tx, after: string) => Promise<DueRecord[]>

/** Goes through what is due, some at a time, each in a transaction of its own: stopped anywhere, the next night goes on. */
async function eraseAll(
  deps: EraseDeps,
  county: string,
  as: RetentionId,
  now: number,
  find: Find,
): Promise<{ records: number; held: number }> {
  const sum = { records: 0, held: 0 }
  for (let after = FIRST; ;) {
    const done = await retrying(() =>
      deps.database.as('jobs', { day: dayOf(now) }, async (tx) => {
        const roots = await find(tx, after)
        const hanging = await hangingOn(
          tx,
          county,
          roots.map((one) => one.id),
        )
        const one = await eraseGroups(tx, deps, county, groupsOf(roots, hanging), as, now)
        return { ...one, roots: roots.length, last: roots.at(-1)?.id ?? after }
      }),
    )
    sum.records += done.records
    sum.held += done.held
    if (done.roots < AT_A_TIME) return sum
    after = done.last
  }
}

const inBatches =
  (find: (tx: Tx, after: string, most: number) => Promise<DueRecord[]>): Find =>
  (tx, after) =>
    find(tx, after, AT_A_TIME)

/**
 * Erases what the retention table says is due, through the one way in which anything is erased: empty places stay, numbers stay, restores
 * and phones do not bring it back, and what a hold keeps is left alone. Where the county has not set its years nothing is due.
 * @param now epoch ms
 */
export async function eraseDue(deps: EraseDeps, now: number): Promise<ErasedDue> {
  const all: ErasedDue = { records: 0, held: 0, refused: 0 }
  const add = (one: { records: number; held: number }) => {
    all.records += one.records
    all.held += one.held
  }
  const { cases, photos } = deps.keep
  for (const county of await deps.database.as('jobs', {}, countiesOf)) {
    if (photos !== null) {
      const before = cutoff(now, photos)
      const find = inBatches((tx, after, most) => filesBefore(tx, county, before, after, most))
      add(await eraseAll(deps, county, 'photo', now, find))
    }
    if (cases !== null) {
      const before = cutoff(now, cases)
      const find = inBatches((tx, after, most) => endedBefore(tx, county, before, after, most))
      add(await eraseAll(deps, county, 'closed-case', now, find))
      all.refused += await deps.database.as('jobs', {}, (tx) => emptyRefused(tx, county, before, dayOf(now)))
    }
    const late = inBatches(async (tx, after, most) =>
      (await hangingOnErased(tx, county)).filter((one) => one.id > after).slice(0, most),
    )
    add(await eraseAll(deps, county, 'closed-case', now, late))
  }
  return all
}
