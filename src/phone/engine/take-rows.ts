import type { Row } from '#sync/protocol/wire.ts'
import type { Id } from '#domain/id.ts'
import { evict } from '../database/evict.ts'
import { idOf, keyOf, type RecRow } from '../database/rows.ts'
import type { WriteTables } from '../database/tables.ts'
import type { Context } from '../notebook/context.ts'
import type { Standing } from '../record/stored.ts'
import {
  baseOf,
  isSame,
  openAround,
  openOps,
  openRefusedOps,
  readAround,
  refold,
  stampOf,
  type Around,
} from './refold.ts'

/** What rows of the server do to the records here; sealed outside, compared and put inside a transaction. */
export interface RowsChange {
  puts: { row: RecRow; stamp: ReturnType<typeof stampOf> }[]
  /** Records that left, unless work of ours lies on them. */
  leaving: { id: Id; stamp: ReturnType<typeof stampOf> }[]
}

/** Whether a row of the server is taken over what is here. */
export type Takes = (row: Row, around: Around) => boolean

const leaves = (row: Row): boolean => typeof row[6] === 'string'

const standingOfRow = ([, , region, , rv, , body, losses]: Row): Standing => ({
  rv,
  region,
  body: body as Record<string, unknown>,
  fv: {},
  deleted: false,
  ...(losses && losses.length > 0 ? { losses } : {}),
})

/** The only merge rule: newer wins; equal is taken when no work of ours lies on it. Duplicates and old pages are harmless (I-15, I-16). */
export const isNews: Takes = (row, { row: local }) => {
  if (!local) return !leaves(row)
  if (leaves(row)) return row[4] > local.rv
  return row[4] > local.rv || (row[4] === local.rv && local.pending === 0)
}

/** The rule of a repair: what was asked for is taken, but no older version (I-16). */
export const isNotOlder: Takes = (row, { row: local }) => !local || leaves(row) || row[4] >= local.rv

/** The rule after a new history, until the first match: the server's word counts, whatever its number. */
export const isWord: Takes = (row, { row: local }) => local !== undefined || !leaves(row)

async function recordAfter(ctx: Context, row: Row, around: Around): Promise<RecRow | null> {
  const isFree = around.out.length === 0 && around.dead.length === 0
  const before = isFree ? null : await openAround(ctx, around)
  const [waiting, refused] = await Promise.all([openOps(ctx, around.out), openRefusedOps(ctx, around.dead)])
  const base = leaves(row) ? baseOf(before) : standingOfRow(row)
  // What the server never had has not gone from it.
  const gone = leaves(row) && base !== null
  return refold(ctx, {
    key: around.key,
    base,
    waiting,
    refused,
    before,
    change: leaves(row) ? { gone } : { lane: row[3], sv: row[5], gone },
  })
}

/** Folds what waits here over rows of the server. */
export async function planRows(ctx: Context, rows: readonly Row[], takes: Takes): Promise<RowsChange> {
  // A page names a record once; should it not, the last line is the newest.
  const latest = new Map(rows.map((row) => [keyOf(row[0], row[1]), row]))
  const arounds = await readAround(ctx, [...latest.keys()])
  const change: RowsChange = { puts: [], leaving: [] }
  await Promise.all(
    arounds.map(async (around) => {
      const row = latest.get(around.key) as Row
      if (!takes(row, around)) return
      const hasWork = around.out.length > 0 || around.dead.length > 0
      if (leaves(row) && !hasWork) {
        change.leaving.push({ id: idOf(around.key), stamp: stampOf(around.row) })
        return
      }
      const after = await recordAfter(ctx, row, around)
      if (after) change.puts.push({ row: after, stamp: stampOf(around.row) })
    }),
  )
  return change
}

/** Puts a planned change, inside a transaction. @returns false, with nothing done, when a record is no longer what it was */
export async function putRows(
  tables: WriteTables<'rec' | 'out' | 'dead'>,
  change: RowsChange,
): Promise<boolean> {
  const stamps = [...change.puts.map((one) => ({ id: one.row.id, stamp: one.stamp })), ...change.leaving]
  const rows = await tables.rec.getMany(stamps.map((one) => one.id))
  if (!stamps.every((one, at) => isSame(rows[at], one.stamp))) return false
  await tables.rec.putMany(change.puts.map((one) => one.row))
  const leaving = change.leaving.map((one) => one.id)
  if (leaving.length > 0) await evict(tables, leaving)
  return true
}
