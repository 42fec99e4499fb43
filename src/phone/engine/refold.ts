import type { Id } from '#domain/id.ts'
import { isAside } from '#sync/fold/fold.ts'
import type { Op } from '#sync/protocol/op.ts'
import { idOf, isSameBox, keyOf, kindOf, type DeadRow, type OutRow, type RecRow } from '../database/rows.ts'
import type { ReadTable, ReadTables } from '../database/tables.ts'
import { openOp, openRefused } from '../record/op-box.ts'
import { openStored, sealStored, type Standing, type Stored } from '../record/stored.ts'
import { onScreen } from '../notebook/standing.ts'
import type { Context, Identity } from '../notebook/context.ts'
import { asMade } from './offering.ts'

/** A record with everything that bears on it, as one transaction saw it. */
export interface Around {
  key: string
  row: RecRow | undefined
  out: OutRow[]
  dead: DeadRow[]
}

type AroundStores = 'rec' | 'out' | 'dead'

/** For so many records it is cheaper to ask first which lie between the first and the last of them. */
const MANY = 20

/**
 * Rows of records, in the order asked for. Most of a first page are not there: the names between the first and last tell so at once. What one
 * phone wrote one after the other lies together: it comes in one reading, with no more than as many again that nobody asked for.
 */
export async function rowsOf(rec: ReadTable<'rec'>, ids: readonly Id[]): Promise<(RecRow | undefined)[]> {
  if (ids.length < MANY) return rec.getMany(ids)
  const sorted = [...ids].sort()
  const ends = { from: sorted[0] as Id, to: sorted[sorted.length - 1] as Id }
  const limit = ids.length * 2 + 1
  const names = await rec.keys({ ...ends, limit })
  if (names.length === limit) return rec.getMany(ids)
  const rows = new Map<Id, RecRow>()
  if (names.length > 0) for (const row of await rec.all(ends)) rows.set(row.id, row)
  return ids.map((id) => rows.get(id))
}

/** Rows by the record they belong to, each record's in order. */
function byKey<T extends { key: string; n: number }>(rows: readonly T[]): ReadonlyMap<string, T[]> {
  const found = new Map<string, T[]>()
  for (const row of [...rows].sort((a, b) => a.n - b.n)) {
    const some = found.get(row.key)
    if (some) some.push(row)
    else found.set(row.key, [row])
  }
  return found
}

/** Reads records with their waiting and refused ops, inside a transaction. */
export async function aroundIn(tables: ReadTables<AroundStores>, keys: readonly string[]): Promise<Around[]> {
  // Records without work of ours are the rule; one query for all of them instead of two for each. A record that is not here may
  // have work too, when its row was lost.
  const [rows, out, dead] = await Promise.all([
    rowsOf(tables.rec, keys.map(idOf)),
    tables.out.by('key', { anyOf: keys }).then(byKey),
    tables.dead.by('key', { anyOf: keys }).then(byKey),
  ])
  return keys.map((key, at) => ({ key, row: rows[at], out: out.get(key) ?? [], dead: dead.get(key) ?? [] }))
}

/** The same in a transaction of its own. */
export const readAround = (ctx: Context, keys: readonly string[]): Promise<Around[]> =>
  ctx.tables.read(['rec', 'out', 'dead'], (tables) => aroundIn(tables, keys))

const isThere = <T>(one: T | null): one is T => one !== null

/** The ops of these rows; one whose box does not open stays where it is and is left out. */
export const openOps = async (ctx: Context, rows: readonly OutRow[]): Promise<Op[]> =>
  (await Promise.all(rows.map((row) => openOp(ctx.sealer, row).catch(() => null)))).filter(isThere)

export const openRefusedOps = async (ctx: Context, rows: readonly DeadRow[]): Promise<Op[]> =>
  (await Promise.all(rows.map((row) => openRefused(ctx.sealer, row).catch(() => null))))
    .filter(isThere)
    .map((one) => one.op)

/** The server's state of a stored record: the base while work of ours lies on it, else what is on screen. */
export const baseOf = (stored: Stored | null): Standing | null =>
  stored === null ? null : stored.base === undefined ? stored.now : stored.base

export interface Refold {
  key: string
  base: Standing | null
  waiting: readonly Op[]
  refused: readonly Op[]
  before: Stored | null
  change?: Partial<Pick<Stored, 'lane' | 'sv' | 'gone'>>
}

/**
 * What is shown of a record of which nothing folds: what was typed last, or nothing when all that is left are words about refused ops,
 * or changes of a record this phone does not have.
 */
function unfolded({ base, waiting, refused, before }: Refold): Standing | null {
  const isNobodys = base === null && refused.length === 0 && waiting.every(isAside)
  if (before) return isNobodys ? { ...before.now, deleted: true } : before.now
  const [first] = waiting
  return first ? { rv: 0, region: first.r, body: {}, fv: {}, deleted: true } : null
}

/** Folds a record anew (I-5); null when nothing is left of it to show. */
export function foldAnew(ctx: Pick<Context, 'me' | 'identity'>, one: Refold): Stored | null {
  const kind = kindOf(one.key)
  const id = idOf(one.key)
  const author = { person: ctx.me?.person ?? '', device: ctx.identity?.device ?? 0 }
  if (one.base === null && one.waiting.length === 0 && one.refused.length === 0) return null
  // An op stays that of the number it was made under, however often this phone was enrolled anew since.
  const made = (ops: readonly Op[]) =>
    ctx.identity ? ops.map((op) => asMade(op, ctx.identity as Identity)) : ops
  const now = onScreen(one.base, kind, id, made(one.waiting), made(one.refused), author) ?? unfolded(one)
  if (now === null) return null
  const free = one.waiting.length === 0 && one.refused.length === 0 && one.base !== null
  const { base: _old, ...rest } = one.before ?? { lane: null, sv: 0 }
  return {
    ...rest,
    ...one.change,
    now: free && one.base ? one.base : now,
    refused: one.refused.length,
    ...(free ? {} : { base: one.base }),
  }
}

/** A record as it is put. @param pending ops that wait on it; `rv`: the server's version of it */
export const rowOfStored = async (
  ctx: Pick<Context, 'sealer'>,
  key: string,
  stored: Stored,
  { pending, rv }: Pick<RecRow, 'pending' | 'rv'>,
): Promise<RecRow> => ({
  id: idOf(key),
  kind: kindOf(key),
  village: stored.now.region,
  pending,
  rv,
  box: await sealStored(ctx.sealer, key, stored),
})

/** The clear fields of a record that was folded anew. */
export const clearOf = (one: Refold): Pick<RecRow, 'pending' | 'rv'> => ({
  pending: one.waiting.length,
  rv: one.base?.rv ?? 0,
})

/** Folds a record anew and seals it; null when nothing is left of it to show. */
export async function refold(ctx: Context, one: Refold): Promise<RecRow | null> {
  const stored = foldAnew(ctx, one)
  return stored && rowOfStored(ctx, one.key, stored, clearOf(one))
}

/** Opens what is stored of a record; null when there is none, or its box is damaged: then it is folded from the server's next word. */
export const openAround = async (ctx: Context, around: Around): Promise<Stored | null> =>
  around.row ? openStored(ctx.sealer, around.row).catch(() => null) : null

/** What a record was when it was read. */
export type Stamp = Pick<RecRow, 'rv' | 'pending' | 'box'>

export const stampOf = (row: RecRow | undefined): Stamp | null => row ?? null

/**
 * Whether a row is still what it was when it was read. Version and number of waiting ops alone do not tell: a decision takes one op out
 * and puts another in.
 */
export const isSame = (row: RecRow | undefined, stamp: Stamp | null): boolean =>
  stamp === null
    ? row === undefined
    : row?.rv === stamp.rv && row.pending === stamp.pending && isSameBox(stamp.box, row.box)

export const opKey = (op: Op): string => keyOf(op.e[0], op.e[1])
