import * as v from 'valibot'
import { parsePeriod } from '#domain/desk/period.ts'
import { RefusedDecisionSchema, RefusedNameSchema } from '#domain/desk/refused.ts'
import { IdSchema } from '#domain/id.ts'
import type { Caller } from '../accounts/identity.ts'
import {
  listOf,
  newestOf,
  overviewOf,
  recordOf,
  waitingOf,
  type DeskDeps,
  type Reader,
} from '../services/desk/desk.ts'
import { lostIn } from '../services/desk/lost.ts'
import { decideAbout, refusedIn } from '../services/desk/refused.ts'
import { REFUSALS, Refusal } from './refusal.ts'
import { route, type RouteDefinition } from './route.ts'

const REFUSED_PERIODS = {
  'period-malformed': new Refusal(
    400,
    'period-malformed',
    '日期要写成 2026-01-31 这样，而且是日历上有的一天。',
  ),
  'period-backwards': new Refusal(400, 'period-backwards', '开始的日子要在结束的日子前面。'),
  'period-too-long': new Refusal(400, 'period-too-long', '一次最多看十年。'),
} as const

const TextSchema = v.pipe(v.string(), v.maxLength(40))
const PageSchema = v.optional(v.pipe(v.string(), v.regex(/^[1-9]\d{0,4}$/), v.transform(Number)), '1')
const OverviewQuery = v.object({ region: TextSchema, from: TextSchema, to: TextSchema })
const ListQuery = v.union([
  v.object({ region: TextSchema, wait: v.picklist(['escalated', 'submitted', 'leads']), page: PageSchema }),
  v.object({ region: TextSchema, metric: TextSchema, from: TextSchema, to: TextSchema, page: PageSchema }),
])
const RecordQuery = v.object({ kind: v.pipe(v.string(), v.regex(/^[a-z][a-z.-]{1,39}$/)), id: IdSchema })

const DECIDED = new Refusal(409, 'decided', '这一条已经有人处理了。')
const DecisionSchema = v.object({
  ...RefusedNameSchema.entries,
  decision: RefusedDecisionSchema,
  /** What the author is told; needed when it goes back. */
  answer: v.pipe(v.string(), v.trim(), v.maxLength(500)),
})
const NO_WORD = new Refusal(400, 'needs-word', '退回去要写一句话，说清楚该怎么办。')

const access = { actors: ['coordinator'] } as const

const readerOf = (caller: Caller, requestId: string): Reader => ({
  person: caller.person,
  device: caller.device,
  rights: caller.rights,
  opened: caller.opened ?? [],
  requestId,
})

/** What is not there and what is not yours is one answer. */
const orMissing = async <T>(answer: Promise<T | null>): Promise<T | Refusal> =>
  (await answer) ?? REFUSALS['not-found']

/** The coordinator's desk: numbers, the records behind them, one record, and the newest arrivals. */
export const deskRoutes = (deps: DeskDeps): RouteDefinition[] => [
  route({
    method: 'GET',
    path: '/api/desk/overview',
    summary:
      'Numbers of a region and a period with their as-of, twelve months, places below, registers, and what waits.',
    access,
    query: OverviewQuery,
    handler({ caller, query, request }) {
      const period = parsePeriod(query.from, query.to)
      if (!period.ok) return REFUSED_PERIODS[period.reason]
      return orMissing(
        overviewOf(deps, readerOf(caller, request.id), { region: query.region, period: period.value }),
      )
    },
  }),
  route({
    method: 'GET',
    path: '/api/desk/list',
    summary: 'The records a number counts, page by page; or those that wait for the office.',
    access,
    query: ListQuery,
    handler({ caller, query, request }) {
      const who = readerOf(caller, request.id)
      const { region, page } = query
      if ('wait' in query) return orMissing(waitingOf(deps, who, { region, sort: query.wait, page }))
      const period = parsePeriod(query.from, query.to)
      if (!period.ok) return REFUSED_PERIODS[period.reason]
      return orMissing(listOf(deps, who, { region, metric: query.metric, period: period.value, page }))
    },
  }),
  route({
    method: 'GET',
    path: '/api/desk/record',
    summary: 'One record of the own regions: its skeleton, or the whole where rights open it.',
    access,
    query: RecordQuery,
    handler: ({ caller, query, request }) => orMissing(recordOf(deps, readerOf(caller, request.id), query)),
  }),
  route({
    method: 'GET',
    path: '/api/desk/refused',
    summary:
      'Ops of a region that were not accepted and wait for the office, those it was asked about first.',
    access,
    query: v.object({ region: TextSchema }),
    handler: ({ caller, query, request }) =>
      orMissing(refusedIn(deps, readerOf(caller, request.id), query.region)),
  }),
  route({
    method: 'POST',
    path: '/api/desk/refused',
    summary: 'Decides about one of them: back to its author with a word, or taken note of.',
    access,
    body: DecisionSchema,
    async handler({ caller, body, request }) {
      if (body.decision === 'returned' && body.answer === '') return NO_WORD
      const done = await decideAbout(deps, readerOf(caller, request.id), body, body)
      if (done === null) return REFUSALS['not-found']
      return done ? { ok: true } : DECIDED
    },
  }),
  route({
    method: 'GET',
    path: '/api/desk/lost',
    summary:
      'Values of a region that were replaced unseen by their authors, beside what stands in their place.',
    access,
    query: v.object({ region: TextSchema }),
    handler: ({ caller, query, request }) =>
      orMissing(lostIn(deps, readerOf(caller, request.id), query.region)),
  }),
  route({
    method: 'GET',
    path: '/api/desk/latest',
    summary: 'The newest arrivals of a region, without names.',
    access,
    query: v.object({ region: TextSchema }),
    handler: ({ caller, query, request }) =>
      orMissing(newestOf(deps, readerOf(caller, request.id), query.region)),
  }),
]
