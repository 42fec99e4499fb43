import type { Id } from '#domain/id.ts'
import { planRepair, type Listed } from '#sync/digest.ts'
import type { Wanted } from '#sync/engine/ports.ts'
import type { ListLine, Row, RowsLine } from '#sync/protocol/wire.ts'
import { keyOf } from '../database/rows.ts'
import type { Context } from '../notebook/context.ts'
import { changeAgreed, readAgreed, UNKNOWN, withCounty, type Agreed } from './agreement.ts'
import { mended } from './damaged.ts'
import { heldHere, type Held } from './held-here.ts'
import { checkFence } from './lease.ts'
import { letGoOf, noteOf, planChange, putRecords, untilWritten } from './apply-acks.ts'
import { isNotOlder, isWord, type Takes } from './take-rows.ts'

/** Records put right in one transaction. */
const AT_A_TIME = 200

/** What the server would say of a record that is not ours to keep. */
export const gone = (kind: string, id: Id, region: string): Row => [
  kind,
  id,
  region,
  'casework',
  0,
  0,
  'gone',
  undefined,
]

/** Takes rows in small transactions, so that nobody waits long; work on a record keeps it (I-22, L-20). */
export async function takeRows(
  ctx: Context,
  rows: readonly Row[],
  takes: Takes,
  fence: number | null,
): Promise<number> {
  let taken = 0
  for (let from = 0; from < rows.length; from += AT_A_TIME) {
    const some = rows.slice(from, from + AT_A_TIME)
    const { change } = await untilWritten(
      () => planChange(ctx, { decided: [], at: 0, asked: { rows: some, takes } }),
      (planned) =>
        ctx.tables.write(['rec', 'out', 'dead', 'meta'], 'relaxed', async (tables) => {
          await checkFence(tables, fence)
          if (!(await putRecords(tables, planned.recs))) return 'changed'
          await letGoOf(tables, planned.recs)
          return true
        }),
    )
    taken += change.recs.length
    if (change.recs.length > 0) ctx.notes.tell(noteOf(change))
  }
  return taken
}

const isLeft = (agreed: Agreed): boolean =>
  Object.values(agreed.counties).some((one) => one.fix.length + one.want.length > 0)

/**
 * Takes lists of villages as the truth: what is not listed goes, what is missing here or has another version will be asked for.
 * @returns whether anything is to be asked for
 */
export async function applyLists(
  ctx: Context,
  lines: readonly ListLine[],
  fence: number | null,
): Promise<boolean> {
  const counties = new Set(lines.map((one) => one.list))
  const listed = new Map<string, Held[]>(lines.map((one) => [one.region, []]))
  await heldHere(ctx, { counties, followed: counties }, (one) => {
    if (one.is !== 'stray') listed.get(one.village)?.push(one)
  })
  const leaving: Row[] = []
  const wanted: { county: string; region: string; want: [string, Id][] }[] = []
  for (const { list, region, v } of lines) {
    const plan = planRepair(
      v,
      (listed.get(region) ?? []).map(({ kind, id, rv }): Listed => [kind, id, rv]),
    )
    leaving.push(...plan.evict.map(([kind, id]) => gone(kind, id, region)))
    wanted.push({ county: list, region, want: plan.want })
  }
  const taken = await takeRows(ctx, leaving, isWord, fence)
  const after = await changeAgreed(ctx, fence, (agreed) =>
    wanted.reduce(
      (all, { county, region, want }) => {
        const known = all.counties[county] ?? UNKNOWN
        return withCounty(all, county, {
          fix: known.fix.filter((one) => one !== region),
          want: [...known.want, ...want],
        })
      },
      { ...agreed, repaired: agreed.repaired + taken },
    ),
  )
  return isLeft(after)
}

/**
 * Takes records that were asked for as they came; one that was asked for and did not come is not ours to keep.
 * @returns whether more is to be asked for
 */
export async function applyRows(
  ctx: Context,
  line: RowsLine,
  asked: Wanted[string],
  fence: number | null,
): Promise<boolean> {
  const isOther = (await readAgreed(ctx)).counties[line.rows]?.authoritative ?? false
  const came = new Set(line.v.map((row) => keyOf(row[0], row[1])))
  const missing = asked.filter(([kind, id]) => !came.has(keyOf(kind, id)))
  const rows = [...line.v, ...missing.map(([kind, id]) => gone(kind, id, line.rows))]
  const taken = await takeRows(ctx, rows, isOther ? isWord : isNotOlder, fence)
  await mended(ctx, line.rows, asked)
  const done = new Set(asked.map(([kind, id]) => keyOf(kind, id)))
  const after = await changeAgreed(ctx, fence, (agreed) =>
    withCounty({ ...agreed, repaired: agreed.repaired + taken }, line.rows, {
      want: (agreed.counties[line.rows] ?? UNKNOWN).want.filter(([kind, id]) => !done.has(keyOf(kind, id))),
    }),
  )
  return isLeft(after)
}
