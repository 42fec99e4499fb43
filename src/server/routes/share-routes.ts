import * as v from 'valibot'
import { holdsRole } from '#domain/access/grant.ts'
import { IdSchema } from '#domain/id.ts'
import { CountySchema, type County } from '#domain/region/code.ts'
import { addDays, dayOf, DaySchema } from '#domain/time/day.ts'
import { writeEvent } from '../accounts/audit.ts'
import { listShares } from '../accounts/record-grants.ts'
import { inAccounts } from '../accounts/context.ts'
import type { Caller } from '../accounts/identity.ts'
import { share, unshareRecord, type ShareDeps } from '../services/sync/grants.ts'
import { REFUSALS, Refusal } from './refusal.ts'
import { route, type RouteDefinition } from './route.ts'

/** Longest time for which one record may be shared; then somebody has to want it again. */
const MOST_DAYS = 366

const DAYS = new Refusal(400, 'days', '日子不对：从今天或以后开始，不早于开始那天结束，最长一年。')
const NOT_OF_COUNTY = new Refusal(
  409,
  'not-of-county',
  '这个人在本县不办案，手机上收不到，没有改动任何东西。',
)

const ONESELF = new Refusal(403, 'oneself', '不能给自己开。请另一位协调员来开。')
/** Why nothing was shared. */
const NOT_SHARED = {
  'not-there': REFUSALS['not-found'],
  'not-of-county': NOT_OF_COUNTY,
  oneself: ONESELF,
} as const

const NameSchema = v.object({
  county: CountySchema,
  kind: v.pipe(v.string(), v.regex(/^[a-z][a-z.-]{1,39}$/)),
  id: IdSchema,
  person: IdSchema,
})
const ShareSchema = v.object({
  ...NameSchema.entries,
  from: DaySchema,
  to: DaySchema,
  /** Why this person has to see it; kept with the right. */
  reason: v.pipe(v.string(), v.trim(), v.minLength(2), v.maxLength(200)),
})

const access = { actors: ['coordinator'] } as const

/** The coordinator of the county itself: a township's looks after less than the county that a record may belong to. */
const isOfCounty = ({ rights }: Caller, county: County, now: number): boolean =>
  holdsRole(rights, ['coordinator'], `${county}000000`, dayOf(now))

/** One record shown whole to one more person, for a time: how a file behind the closed door is handed on. */
export const shareRoutes = (deps: ShareDeps): RouteDefinition[] => [
  route({
    method: 'POST',
    path: '/api/desk/shares',
    summary: 'Lets one person of the county see one record whole from a day to a day, with the reason kept.',
    access,
    body: ShareSchema,
    async handler({ caller, body, request }) {
      const { county, from, to, kind, id, person, reason } = body
      const today = dayOf(deps.clock())
      if (!isOfCounty(caller, county, deps.clock())) return REFUSALS['not-found']
      if (from < today || to < from || to > addDays(from, MOST_DAYS)) return DAYS
      const by = { person: caller.person, device: caller.device, requestId: request.id }
      const done = await share(deps, { person, county, record: { kind, id } }, { from, to }, { by, reason })
      return done.ok ? { ok: true } : NOT_SHARED[done.reason]
    },
  }),
  route({
    method: 'POST',
    path: '/api/desk/shares/end',
    summary: 'Takes it back at once.',
    access,
    body: NameSchema,
    async handler({ caller, body, request }) {
      const { county, kind, id, person } = body
      if (!isOfCounty(caller, county, deps.clock())) return REFUSALS['not-found']
      const last = addDays(dayOf(deps.clock()), -1)
      const by = { person: caller.person, device: caller.device, requestId: request.id }
      const ended = await unshareRecord(deps, { person, county, record: { kind, id }, last }, by)
      return ended ? { ok: true } : REFUSALS['not-found']
    },
  }),
  route({
    method: 'GET',
    path: '/api/desk/shares',
    summary: 'What is shared in a county today or later, with whom, until when and why.',
    access,
    query: v.object({ county: CountySchema }),
    async handler({ caller, query }) {
      if (!isOfCounty(caller, query.county, deps.clock())) return REFUSALS['not-found']
      const today = dayOf(deps.clock())
      const shares = await inAccounts(deps, async (tx) => {
        const found = await listShares(tx, query.county, today)
        if (found.length > 0)
          await writeEvent(tx, deps.clock(), {
            action: 'shares.read',
            actor: caller.person,
            device: caller.device,
            region: query.county,
            outcome: 'ok',
          })
        return found
      })
      return { shares }
    },
  }),
]
