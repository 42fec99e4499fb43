import type { Id } from '#domain/id.ts'
import { countyOf, type County, type RegionCode } from '#domain/region/code.ts'
import type { Decided } from '#sync/engine/ports.ts'
import type { PageLine } from '#sync/protocol/wire.ts'
import type { Agreement } from '../care.ts'
import { META, type MetaRow } from '../database/rows.ts'
import { metaBox, type Context } from '../notebook/context.ts'
import { boundTo, openJsonAgain } from '../seal/box.ts'
import { checkFence } from './lease.ts'

/** How phone and server compared in one county, and what is still to be done about it. */
export interface CountyAgreement {
  state: Agreement
  /** Server time of the last comparison (epoch ms); 0: never. */
  at: number
  /** Villages to be listed. */
  fix: RegionCode[]
  /** Records to be sent again. */
  want: [kind: string, id: Id][]
  /** The server's version counts even where it is lower: after a new history, until the first match. */
  authoritative: boolean
  /** More may be seen than was ever sent. */
  owed: boolean
  /** The villages that differed last time, and how often the same ones did. */
  last: string
  rounds: number
  /** A repair that did not help is not tried again before this server time. */
  retryAt: number
}

export interface Agreed {
  counties: Record<County, CountyAgreement>
  /** Records put right so far: a count and nothing else. */
  repaired: number
}

export const UNKNOWN: CountyAgreement = {
  state: 'unknown',
  at: 0,
  fix: [],
  want: [],
  authoritative: false,
  owed: false,
  last: '',
  rounds: 0,
  retryAt: 0,
}

type Kept = Pick<Context, 'tables' | 'sealer'>

/** What is known of the agreement; nothing of a county means unknown. */
export async function readAgreed(ctx: Kept): Promise<Agreed> {
  return agreedFrom(ctx, await ctx.tables.read(['meta'], ({ meta }) => meta.get(META.agreed)))
}

/** The same from a row that was read already. */
export async function agreedFrom(ctx: Pick<Kept, 'sealer'>, row: MetaRow | undefined): Promise<Agreed> {
  if (!row?.box) return { counties: {}, repaired: 0 }
  // A box that does not open costs one more comparison.
  return openJsonAgain<Agreed>(ctx.sealer, boundTo('meta', META.agreed), row.box).catch(() => ({
    counties: {},
    repaired: 0,
  }))
}

export const agreedBox = (ctx: Kept, agreed: Agreed) => metaBox(ctx, META.agreed, agreed)

/** Puts this in the place of what is known; only the runner does. */
export async function putAgreed(ctx: Context, fence: number | null, agreed: Agreed): Promise<void> {
  const row = await agreedBox(ctx, agreed)
  await ctx.tables.write(['meta'], 'relaxed', async (tables) => {
    await checkFence(tables, fence)
    await tables.meta.put(row)
  })
  ctx.notes.tell({ sync: true })
}

/** Changes what is known of some counties, in a transaction of its own; only the runner does. */
export async function changeAgreed(
  ctx: Context,
  fence: number | null,
  change: (agreed: Agreed) => Agreed,
): Promise<Agreed> {
  const before = await readAgreed(ctx)
  const after = change(before)
  if (after === before) return before
  await putAgreed(ctx, fence, after)
  return after
}

/** Puts something else in the place of what is known of a county. */
export const withCounty = (agreed: Agreed, county: County, change: Partial<CountyAgreement>): Agreed => ({
  ...agreed,
  counties: { ...agreed.counties, [county]: { ...(agreed.counties[county] ?? UNKNOWN), ...change } },
})

/** What was found to match need no longer do so. */
const doubted = (agreed: Agreed, county: County): Agreed =>
  agreed.counties[county]?.state === 'match' ? withCounty(agreed, county, { state: 'unknown' }) : agreed

function afterPage(agreed: Agreed, page: PageLine): Agreed {
  // Exits older than the floor are no longer told: what has left since shows in the comparison alone, and goes by its repair.
  const isPurged = page.from > 0 && page.from < page.floor
  const isPart = page.to < page.head
  if (isPurged) return withCounty(agreed, page.page, { state: 'unknown', last: '', rounds: 0, retryAt: 0 })
  return isPart ? doubted(agreed, page.page) : agreed
}

/**
 * What decisions and a page change of it: until the server's own rows have come, nobody can say that both sides hold the same (L-18).
 * @param page absent: decisions alone
 * @returns the very `agreed` that was given when nothing changes
 */
export function agreedAfter(agreed: Agreed, decided: readonly Decided[], page?: PageLine): Agreed {
  const touched = new Set(decided.map(({ op }) => countyOf(op.r)))
  const doubts = [...touched].reduce(doubted, agreed)
  return page ? afterPage(doubts, page) : doubts
}

/** One word for all counties this phone follows: a match only when every one of them matched. */
export function agreementIn(agreed: Agreed, counties: readonly County[]): Agreement {
  const states = counties.map((county) => (agreed.counties[county] ?? UNKNOWN).state)
  if (states.includes('differs')) return 'differs'
  return states.length > 0 && states.every((one) => one === 'match') ? 'match' : 'unknown'
}
