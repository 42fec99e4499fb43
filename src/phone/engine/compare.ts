import type { County } from '#domain/region/code.ts'
import { differing, sumsOf } from '#sync/digest.ts'
import type { Sums } from '#sync/engine/ports.ts'
import { LIMITS, type DigestLine } from '#sync/protocol/wire.ts'
import type { Context } from '../notebook/context.ts'
import { META } from '../database/rows.ts'
import { agreedFrom, UNKNOWN, withCounty, type Agreed, type CountyAgreement } from './agreement.ts'
import { cursorsIn } from './counties.ts'
import type { Asked } from './held-here.ts'
import type { HeldMemory, Holding } from './held-memory.ts'
import { checkFence } from './lease.ts'
import { gone, takeRows } from './repair.ts'
import { lostIn, restoreLost } from './restore-lost.ts'
import { isWord } from './take-rows.ts'

/** A repair that leaves the same villages different so often is paused: something else is wrong. */
const ROUNDS = 3
const PAUSE_MS = 3_600_000

/** What a comparison says of a county, and whether its ledger should rather be walked anew. */
function verdict(
  before: CountyAgreement,
  line: DigestLine,
  here: Holding,
  now: number,
): { after: CountyAgreement; walk: boolean } {
  const fix = differing(here.sumsOf(line.digest), sumsOf(line))
  const want = here.damaged
    .filter((one) => one.village.startsWith(line.digest))
    .map(({ kind, id }): [string, string] => [kind, id])
  if (fix.length === 0 && want.length === 0)
    return { after: { ...UNKNOWN, state: 'match', at: now }, walk: false }
  const last = fix.join()
  const rounds = last === before.last ? before.rounds + 1 : 1
  const differs: CountyAgreement = { ...before, state: 'differs', at: now, fix, want, last, rounds }
  // New rights over more villages than one answer lists: their records come faster page by page.
  if (before.owed && fix.length > LIMITS.fixes)
    return { after: { ...differs, fix: [], last: '', rounds: 0, owed: false }, walk: true }
  if (rounds > ROUNDS)
    return { after: { ...differs, fix: [], want: [], rounds: 0, retryAt: now + PAUSE_MS }, walk: false }
  // What did not help once was refused because of a lower version; then the server's word counts.
  return {
    after: { ...differs, owed: false, authoritative: before.authoritative || rounds > 1 },
    walk: false,
  }
}

async function walkAnew(ctx: Context, counties: readonly County[], fence: number | null): Promise<void> {
  if (counties.length === 0) return
  await ctx.tables.write(['cur', 'meta'], 'strict', async (tables) => {
    await checkFence(tables, fence)
    await tables.cur.putMany(counties.map((county) => ({ county, cursor: 0 })))
  })
}

/** What is held here; where it does not agree, as the database itself has it. */
async function lookHere(held: HeldMemory, due: readonly DigestLine[], asked: Asked): Promise<Holding> {
  const here = await held.look(asked)
  if (here.isRead) return here
  const isSame = due.every((line) => differing(here.sumsOf(line.digest), sumsOf(line)).length === 0)
  return isSame && here.damaged.length === 0 ? here : held.look(asked, true)
}

/** What a comparison came to. agreed null: nothing was compared. */
export interface Compared {
  agreed: Agreed | null
  isDue: boolean
}

export const NOT_COMPARED: Compared = { agreed: null, isDue: false }

/**
 * Holds what is here against what the server has (I-36), after a whole answer with nothing left to fetch. A line of another moment
 * than our cursor is passed over.
 * @param at wall time, epoch ms
 * @returns what is known of the agreement now, to be kept with the rest of the answer; and whether there is something to fetch
 */
export async function compare(
  ctx: Context,
  held: HeldMemory,
  { digests, complete }: Sums,
  at: number,
  fence: number | null,
): Promise<Compared> {
  const now = at + ctx.sync.offset
  const [agreedRow, cur, lost] = await ctx.tables.read(['meta', 'cur', 'rec', 'out', 'dead'], (tables) =>
    Promise.all([tables.meta.get(META.agreed), tables.cur.all(), lostIn(tables)]),
  )
  const agreed = await agreedFrom(ctx, agreedRow)
  const cursors = cursorsIn(cur, ctx.me)
  const due = digests.filter(
    ({ digest, at: seq }) => cursors[digest] === seq && (agreed.counties[digest]?.retryAt ?? 0) <= now,
  )
  // A server that sends no sums cannot say what the new rights show: then the ledger does.
  const mute = complete.filter(
    (county) => agreed.counties[county]?.owed && !digests.some((one) => one.digest === county),
  )
  if (due.length === 0 && mute.length === 0) return NOT_COMPARED
  await restoreLost(ctx, lost, fence)
  const here = await lookHere(held, due, {
    counties: new Set(due.map((one) => one.digest)),
    followed: new Set(Object.keys(cursors)),
  })
  // Handed in and taken, but moved to where nothing is told to this phone any more.
  await takeRows(
    ctx,
    here.strays.map(({ kind, id, village }) => gone(kind, id, village)),
    isWord,
    fence,
  )
  const walks = [...mute]
  const after = due.reduce(
    (all: Agreed, line) => {
      const said = verdict(all.counties[line.digest] ?? UNKNOWN, line, here, now)
      if (said.walk) walks.push(line.digest)
      return withCounty(all, line.digest, said.after)
    },
    mute.reduce((all: Agreed, county) => withCounty(all, county, { owed: false }), agreed),
  )
  await walkAnew(ctx, walks, fence)
  const isLeft = Object.values(after.counties).some((one) => one.fix.length + one.want.length > 0)
  return { agreed: after, isDue: walks.length > 0 || isLeft }
}
