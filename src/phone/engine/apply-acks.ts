import type { Decided } from '#sync/engine/ports.ts'
import type { PageLine, Row } from '#sync/protocol/wire.ts'
import { evict } from '../database/evict.ts'
import {
  keyOf,
  META,
  type DeadRow,
  type MetaRow,
  type OutRow,
  type OutState,
  type RecRow,
  type RingRow,
} from '../database/rows.ts'
import type { WriteTables } from '../database/tables.ts'
import type { Note } from '../notes.ts'
import { sealOp, sealRefused } from '../record/op-box.ts'
import type { Context } from '../notebook/context.ts'
import { agreedAfter, agreedBox, agreedFrom } from './agreement.ts'
import { isBlocked, isDone, isParked, needsAuthor } from './decided.ts'
import { checkFence } from './lease.ts'
import { recordAfter, type RecordChange } from './record-after.ts'
import { aroundIn, isSame, opKey, rowsOf, type Around } from './refold.ts'
import { isNews, isWord, type Takes } from './take-rows.ts'

/** Rows that were asked for, and which of them are taken. */
export interface Asked {
  rows: readonly Row[]
  takes: Takes
}

/** What an answer brings: decisions about ops, heard at `at` (server time, epoch ms), with a page of a ledger, or rows asked for. */
export interface Brought {
  decided: readonly Decided[]
  at: number
  page?: PageLine
  asked?: Asked
}

/** What it does to the stores; sealed outside, compared and put inside a transaction. */
export interface Change {
  recs: RecordChange[]
  ring: RingRow[]
  dead: DeadRow[]
  parked: { n: number; state: OutState }[]
  /** Acknowledged once, offered again to a new history, and held back there because of another: they wait again. */
  back: OutRow[]
  /** What is known of the agreement, where that changes; null: it does not. */
  agreed: MetaRow | null
  /** Whether the page is of another history, whose word counts even where its versions are lower. */
  isOther: boolean
}

const refusedOf = ({ ack, op }: Decided) => ({ op, outcome: ack[1], code: ack[4].code ?? ack[1] })

/** Where decided ops go; what another runner has already moved is not among them. */
async function movesOf(
  ctx: Context,
  mine: readonly Decided[],
  out: ReadonlyMap<number, OutRow>,
  again: ReadonlyMap<number, RingRow>,
  at: number,
): Promise<Pick<Change, 'ring' | 'dead' | 'parked' | 'back'>> {
  const ringRow = ({ ack }: Decided): RingRow => {
    const waited = out.get(ack[0])
    if (waited) return { n: waited.n, i: waited.i, ackedAt: at, moved: 1, box: waited.box }
    const { again: _heard, ...row } = again.get(ack[0]) as RingRow
    return { ...row, ackedAt: at }
  }
  return {
    ring: mine.filter(isDone).map(ringRow),
    dead: await Promise.all(
      mine.filter(needsAuthor).map(async (one) => ({
        n: one.ack[0],
        i: one.op.i,
        key: opKey(one.op),
        box: await sealRefused(ctx.sealer, refusedOf(one)),
      })),
    ),
    parked: mine
      .filter((one) => isParked(one) && out.has(one.ack[0]))
      .map((one) => ({ n: one.ack[0], state: isBlocked(one) ? ('blocked' as const) : ('later' as const) })),
    back: await Promise.all(
      mine
        .filter((one) => isBlocked(one) && !out.has(one.op.n))
        .map(async ({ op }) => ({
          n: op.n,
          i: op.i,
          key: opKey(op),
          state: 'blocked' as const,
          box: await sealOp(ctx.sealer, op),
        })),
    ),
  }
}

const grouped = (decided: readonly Decided[]): ReadonlyMap<string, Decided[]> => {
  const found = new Map<string, Decided[]>()
  for (const one of decided) {
    const key = opKey(one.op)
    const some = found.get(key)
    if (some) some.push(one)
    else found.set(key, [one])
  }
  return found
}

const outOf = (arounds: readonly Around[]): ReadonlyMap<number, OutRow> =>
  new Map(arounds.flatMap((one) => one.out.map((row) => [row.n, row] as const)))

/** Records folded and sealed before a touch may go first: on a slow phone as many as one frame or two have time for. */
const AT_A_TIME = 25
/** Rows put before the way to the store is awaited, which lets a touch go first too. */
const PUTS = 100

/** Works through a list piece by piece, breathing in between. */
async function pieceByPiece<T, U>(
  ctx: Context,
  all: readonly T[],
  work: (one: T) => Promise<U>,
): Promise<U[]> {
  const done: U[] = []
  for (let from = 0; from < all.length; from += AT_A_TIME) {
    if (from > 0) await ctx.ports.breathe?.()
    done.push(...(await Promise.all(all.slice(from, from + AT_A_TIME).map(work))))
  }
  return done
}

/** Folds and seals what an answer brings over what is here: each record once, whatever was said of it. */
export async function planChange(ctx: Context, { decided, at, page, asked }: Brought): Promise<Change> {
  // A page names a record once; should it not, the last line is the newest.
  const latest = new Map((page ?? asked)?.rows.map((row) => [keyOf(row[0], row[1]), row]))
  const keys = new Set([...decided.map(({ op }) => opKey(op)), ...latest.keys()])
  const [arounds, offeredAgain, known] = await ctx.tables.read(
    ['rec', 'out', 'dead', 'ring', 'meta'],
    (tables) =>
      Promise.all([
        aroundIn(tables, [...keys]),
        decided.length > 0 ? tables.ring.by('again', { is: 1 }) : [],
        tables.meta.get(META.agreed),
      ]),
  )
  const before = await agreedFrom(ctx, known)
  const after = agreedAfter(before, decided, page)
  const isOther = page !== undefined && (before.counties[page.page]?.authoritative ?? false)
  const takes = asked?.takes ?? (isOther ? isWord : isNews)
  const again = new Map(offeredAgain.map((row) => [row.n, row]))
  const out = outOf(arounds)
  const mine = decided.filter(({ ack }) => out.has(ack[0]) || again.has(ack[0]))
  // What was acknowledged before is in its record already; the server's row brings whatever the new history made of it.
  const changing = grouped(mine.filter((one) => out.has(one.ack[0]) || needsAuthor(one) || isBlocked(one)))
  const recs = await pieceByPiece(ctx, arounds, (one) =>
    recordAfter(ctx, one, { decided: changing.get(one.key) ?? [], row: latest.get(one.key), takes }),
  )
  return {
    recs: recs.filter((one): one is RecordChange => one !== null),
    ...(await movesOf(ctx, mine, out, again, at)),
    agreed: after === before ? null : await agreedBox(ctx, after),
    isOther,
  }
}

/** The records as they stand after it; one of which nothing is left waits for nothing any more. */
const rowsAfter = (recs: readonly RecordChange[], before: readonly (RecRow | undefined)[]): RecRow[] =>
  recs.flatMap(({ row }, at) => {
    const old = before[at]
    return row ? [row] : old ? [{ ...old, pending: 0 }] : []
  })

/** Puts changed records, inside a transaction. @returns false, with nothing done, when one is no longer what it was */
export async function putRecords(
  tables: WriteTables<'rec'>,
  recs: readonly RecordChange[],
): Promise<boolean> {
  const known = recs.filter((one) => one.stamp !== null)
  const ids = known.map((one) => one.id)
  const rows = await rowsOf(tables.rec, ids)
  if (!known.every((one, at) => isSame(rows[at], one.stamp))) return false
  const put = tables.rec.putMany(rowsAfter(known, rows))
  // What was not there is added, which fails by itself when it is there by now.
  const coming = recs.flatMap((one) => (one.stamp === null && one.row ? [one.row] : []))
  for (let from = 0; from < coming.length; from += PUTS)
    await tables.rec.addMany(coming.slice(from, from + PUTS))
  await put
  return true
}

/** Lets go of records of which nothing is left, unless work of ours lies on them. */
export const letGoOf = (tables: WriteTables<'rec' | 'out' | 'dead'>, recs: readonly RecordChange[]) => {
  const going = recs.flatMap((one) => (one.row === null && one.stamp ? [one.id] : []))
  return going.length > 0 ? evict(tables, going) : Promise.resolve([])
}

type Touched = WriteTables<'rec' | 'out' | 'dead' | 'ring' | 'meta'>

/** Puts a whole change, inside a transaction. @returns false, with nothing done, when a record is no longer what it was */
export async function putChange(tables: Touched, change: Change): Promise<boolean> {
  if (!(await putRecords(tables, change.recs))) return false
  const moved = [...change.ring, ...change.dead].map((one) => one.n)
  const states = new Map(change.parked.map((one) => [one.n, one.state]))
  const parked = await tables.out.getMany([...states.keys()])
  await Promise.all([
    change.agreed && tables.meta.put(change.agreed),
    tables.ring.putMany(change.ring),
    tables.dead.putMany(change.dead),
    // The only place where an op leaves the outbox, and always into another store (I-3).
    tables.out.deleteMany(moved),
    // Offered again after a new history, and not taken this time.
    tables.ring.deleteMany([...change.dead, ...change.back].map((one) => one.n)),
    tables.out.putMany(change.back),
    tables.out.putMany(
      parked.flatMap((row) => (row ? [{ ...row, state: states.get(row.n) ?? row.state }] : [])),
    ),
  ])
  await letGoOf(tables, change.recs)
  return true
}

const isTakenKey = (error: unknown): boolean =>
  (error as { name?: string } | null)?.name === 'ConstraintError'

/**
 * Plans and writes until nothing came in between: an edit, or another tab, may be faster at any time.
 * @param write one transaction; `changed` when a record was no longer what it was
 */
export async function untilWritten<T>(
  plan: () => Promise<Change>,
  write: (change: Change) => Promise<T | 'changed'>,
): Promise<{ change: Change; done: T }> {
  for (;;) {
    const change = await plan()
    const done = await write(change).catch((error: unknown) => {
      if (isTakenKey(error)) return 'changed' as const
      throw error
    })
    if (done !== 'changed') return { change, done }
  }
}

/** Whether any op is decided by it. */
export const decides = ({ ring, dead, parked, back }: Change): boolean =>
  ring.length + dead.length + parked.length + back.length > 0

/** Whether anything is. */
export const changes = (change: Change): boolean =>
  change.recs.length > 0 || change.agreed !== null || decides(change)

/** What to tell of a change: its lines are at hand, nobody need read them back. */
export const noteOf = (change: Change): Note => ({
  keys: change.recs.map((one) => one.key),
  rows: change.recs.flatMap((one) => one.line ?? []),
  ...(decides(change) ? { queue: true } : {}),
  ...(change.agreed ? { sync: true } : {}),
})

/**
 * Applies what the server decided: taken ops go to the ring, refused ones to `dead` with their reason, the rest stays. Strict,
 * because a forgotten refusal would be a lost edit.
 * @param at server time, epoch ms
 */
export async function applyAcks(
  ctx: Context,
  decided: readonly Decided[],
  at: number,
  fence: number | null,
): Promise<void> {
  const settled = settling(decided)
  if (settled.length === 0) return
  const { change } = await untilWritten(
    () => planChange(ctx, { decided: settled, at }),
    (planned) =>
      ctx.tables.write(['rec', 'out', 'dead', 'ring', 'meta'], 'strict', async (tables) => {
        await checkFence(tables, fence)
        return (await putChange(tables, planned)) || 'changed'
      }),
  )
  ctx.notes.tell({ ...noteOf(change), queue: true })
}

/** A fork decides nothing: the number belongs to another op. */
export const settling = (decided: readonly Decided[]): Decided[] =>
  decided.filter(({ ack }) => ack[1] !== 'fork')
