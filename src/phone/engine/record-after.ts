import type { Id } from '#domain/id.ts'
import type { Op } from '#sync/protocol/op.ts'
import type { Decided } from '#sync/engine/ports.ts'
import type { Row } from '#sync/protocol/wire.ts'
import type { ListRow } from '../api.ts'
import { idOf, kindOf, type RecRow } from '../database/rows.ts'
import type { Context } from '../notebook/context.ts'
import { rowOf } from '../record/row-of-body.ts'
import type { Standing, Stored } from '../record/stored.ts'
import { isBlocked, isDone, isFinal, isTaken, needsAuthor, taken } from './decided.ts'
import {
  baseOf,
  foldAnew,
  openAround,
  openOps,
  openRefusedOps,
  rowOfStored,
  stampOf,
  type Around,
} from './refold.ts'
import { leaves, type Takes } from './take-rows.ts'

/** What an answer says of one record: decisions about its ops, and the server's row of it. */
export interface Said {
  decided: readonly Decided[]
  row?: Row | undefined
  takes: Takes
}

/** What becomes of a record. */
export interface RecordChange {
  key: string
  id: Id
  /** What it was when it was read. */
  stamp: ReturnType<typeof stampOf>
  /** null: it goes, unless work of ours lies on it. */
  row: RecRow | null
  /** Its line in the list; null: it is not shown. */
  line: ListRow | null
}

/** A record with its ops, opened. */
interface Open {
  stored: Stored | null
  waiting: Op[]
  refused: Op[]
}

const isFree = ({ waiting, refused }: Open): boolean => waiting.length === 0 && refused.length === 0

const standingOfRow = ([, , region, , rv, , body, losses]: Row): Standing => ({
  rv,
  region,
  body: body as Record<string, unknown>,
  fv: {},
  deleted: false,
  ...(losses && losses.length > 0 ? { losses } : {}),
})

/** @param gone ops that leave with this answer: what they say is known without opening them */
async function opened(ctx: Context, around: Around, gone: ReadonlySet<number>): Promise<Open> {
  const staying = around.out.filter((one) => !gone.has(one.n))
  const [stored, waiting, refused] = await Promise.all([
    openAround(ctx, around),
    openOps(ctx, staying),
    openRefusedOps(ctx, around.dead),
  ])
  return { stored, waiting, refused }
}

/** Decided ops have left: taken ones go into the base, refused ones aside. */
function afterDecisions(ctx: Context, around: Around, before: Open, decided: readonly Decided[]): Open {
  const here = new Set(around.out.map((one) => one.n))
  const back = decided.filter((one) => isBlocked(one) && !here.has(one.op.n)).map(({ op }) => op)
  const waiting = [...before.waiting, ...back].sort((a, b) => a.n - b.n)
  const refused = [...before.refused, ...decided.filter(needsAuthor).map(({ op }) => op)]
  // Kept only for work that is decided now.
  const isLeft = before.stored?.gone === true && waiting.length === 0 && refused.length === 0
  if (isLeft) return { stored: null, waiting, refused }
  const base = decided
    .filter(isTaken)
    .reduce((standing, one) => taken(standing, one, ctx), baseOf(before.stored))
  const one = { key: around.key, base, waiting, refused, before: before.stored }
  return { stored: foldAnew(ctx, one), waiting, refused }
}

/** The server's row comes under what waits. */
function afterRow(ctx: Context, key: string, before: Open, row: Row): Open {
  const base = leaves(row) ? baseOf(before.stored) : standingOfRow(row)
  // What the server never had has not gone from it.
  const gone = leaves(row) && base !== null
  const stored = foldAnew(ctx, {
    key,
    base,
    waiting: before.waiting,
    refused: before.refused,
    before: isFree(before) ? null : before.stored,
    change: leaves(row) ? { gone } : { lane: row[3], sv: row[5], gone },
  })
  return { ...before, stored }
}

/** Whether every op here is done with by these, and none is refused. */
const endsAllWork = ({ out, dead }: Around, decided: readonly Decided[]): boolean => {
  const done = new Set(decided.filter(isDone).map(({ ack }) => ack[0]))
  return dead.length === 0 && done.size === decided.length && out.every((one) => done.has(one.n))
}

const NO_WORK: Open = { stored: null, waiting: [], refused: [] }

/** A record as the merge rule sees it. */
const localOf = ({ stored, waiting }: Open) =>
  stored === null
    ? undefined
    : { rv: baseOf(stored)?.rv ?? 0, pending: waiting.length, village: stored.now.region }

async function after(ctx: Context, around: Around, { decided, row, takes }: Said): Promise<Open | null> {
  const { key } = around
  const hasNone = decided.length === 0
  if (hasNone && !(row && takes(row, around.row))) return null
  // No work is left and the server's own row is at hand: what was here does not matter, and no box need be opened.
  const local = around.row && { ...around.row, pending: hasNone ? around.row.pending : 0 }
  if (row && endsAllWork(around, decided) && takes(row, local))
    return leaves(row) ? NO_WORK : afterRow(ctx, key, NO_WORK, row)
  const before = await opened(ctx, around, new Set(decided.filter(isFinal).map(({ ack }) => ack[0])))
  if (hasNone) return afterRow(ctx, key, before, row as Row)
  const between = afterDecisions(ctx, around, before, decided)
  if (!row || !takes(row, localOf(between))) return between
  return leaves(row) && isFree(between) ? NO_WORK : afterRow(ctx, key, between, row)
}

/** Folds and seals a record after what an answer said of it, decisions first; null: nothing changes. */
export async function recordAfter(ctx: Context, around: Around, said: Said): Promise<RecordChange | null> {
  const found = await after(ctx, around, said)
  if (!found) return null
  const { key } = around
  const change = { key, id: idOf(key), stamp: stampOf(around.row) }
  const { stored, waiting } = found
  if (!stored) return { ...change, row: null, line: null }
  const clear = { pending: waiting.length, rv: baseOf(stored)?.rv ?? 0 }
  const row = await rowOfStored(ctx, key, stored, clear)
  return { ...change, row, line: rowOf({ id: change.id, kind: kindOf(key), pending: clear.pending }, stored) }
}
