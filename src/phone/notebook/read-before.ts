import type { Edit } from '../api.ts'
import type { Op } from '#sync/protocol/op.ts'
import { idOf, keyOf, META, PAPER_COUNTERS, type DeadRow, type OutRow } from '../database/rows.ts'
import { openOp, openRefused } from '../record/op-box.ts'
import { openStored } from '../record/stored.ts'
import type { Context } from './context.ts'
import { MAKERS, namedBy, type Before, type Read } from './plan.ts'

/** Keys of records that must be there before an edit: its own, unless it makes it, and those it names. */
const keysOf = (edits: readonly Edit[]): string[] => {
  const made = new Set(edits.filter((one) => MAKERS.includes(one.op)).map((one) => keyOf(one.kind, one.id)))
  const keys = edits.flatMap((edit) => [keyOf(edit.kind, edit.id), ...namedBy(edit)])
  return [...new Set(keys)].filter((key) => !made.has(key))
}

/** What this tab's saves left, if they touched all of these; should it be old, the writing transaction finds that out. */
const remembered = ({ last }: Context, keys: readonly string[]): Read | null =>
  last && keys.every((key) => last.records.has(key)) ? last : null

const opOf = async (ctx: Context, row: OutRow | DeadRow): Promise<Op | null> =>
  ('state' in row ? openOp(ctx.sealer, row) : openRefused(ctx.sealer, row).then(({ op }) => op)).catch(
    () => null,
  )

/**
 * The op that makes a record which the server does not have: it waits, or was refused. What is written on the record hangs on it either
 * way, and is held back until its author has decided (L-13).
 */
async function makerOf(ctx: Context, waiting: readonly OutRow[], dead: readonly DeadRow[]) {
  const rows = [...waiting, ...dead].sort((one, other) => one.n - other.n)
  // Nothing was refused: then the first op that waits is the one.
  if (dead.length === 0) return rows[0]?.n
  for (const row of rows) if (MAKERS.includes((await opOf(ctx, row))?.k ?? '')) return row.n
  return undefined
}

/**
 * Reads what the edits stand on, in one transaction; opening the boxes comes after it.
 * @param anew whether what this tab remembers has turned out to be old
 */
export async function readBefore(ctx: Context, edits: readonly Edit[], anew: boolean): Promise<Read> {
  const keys = anew
    ? [...new Set([...keysOf(edits), ...edits.map((one) => keyOf(one.kind, one.id))])]
    : keysOf(edits)
  const known = anew ? null : remembered(ctx, keys)
  if (known) return known
  const raw = await ctx.tables.read(['rec', 'out', 'dead', 'meta'], async ({ rec, out, dead, meta }) => {
    const [rows, next, papers, waiting, refused] = await Promise.all([
      rec.getMany(keys.map(idOf)),
      meta.get(META.next),
      meta.all(PAPER_COUNTERS),
      out.by('key', { anyOf: keys }),
      dead.by('key', { anyOf: keys }),
    ])
    return { rows, next, papers, waiting, refused }
  })
  const records = new Map<string, Before>()
  const creates = new Map<string, number>()
  for (const row of raw.rows) {
    if (!row) continue
    const key = keyOf(row.kind, row.id)
    const stored = await openStored(ctx.sealer, row)
    records.set(key, { rv: row.rv, pending: row.pending, stored, box: row.box })
    if (stored.base !== null) continue
    const its = (one: OutRow | DeadRow) => one.key === key
    const maker = await makerOf(ctx, raw.waiting.filter(its), raw.refused.filter(its))
    if (maker !== undefined) creates.set(key, maker)
  }
  const papers = new Map(raw.papers.map((one) => [one.name, one.value ?? 0]))
  return { records, next: raw.next?.value ?? 1, papers, creates }
}
