import type { DisputeSource } from '../dispute/source.ts'
import { isCourtDelegated } from '../dispute/source.ts'
import type { Body } from '../record/kind.ts'
import type { Day } from '../time/day.ts'

/** One record's share in one number: `n` on a day. A stock counts +1 on the first day and −1 on the day after the last. */
export interface Contribution {
  metric: string
  day: Day
  n: number
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const amount = (value: unknown): number => (typeof value === 'number' ? value : 0)

function ofDispute(body: Body): Contribution[] {
  if (body['stage'] === 'cancelled') return []
  const acceptedOn = text(body['acceptedOn'])
  const list: Contribution[] = [
    { metric: 'disputes', day: acceptedOn, n: 1 },
    { metric: `disputes:${text(body['type'])}`, day: acceptedOn, n: 1 },
  ]
  if (isCourtDelegated(text(body['source']) as DisputeSource))
    list.push({ metric: 'delegated', day: acceptedOn, n: 1 })
  if (body['agreement'] && text(body['settledOn']))
    list.push({ metric: 'settled', day: text(body['settledOn']), n: 1 })
  const over = body['stage'] === 'failed' || body['stage'] === 'closed'
  if (over && !body['agreement'] && text(body['settledOn']))
    list.push({ metric: 'failed', day: text(body['settledOn']), n: 1 })
  const confirmation = body['confirmation'] as Body | null | undefined
  if (confirmation?.['status'] === 'valid')
    list.push({ metric: 'confirmed', day: text(confirmation['on']), n: 1 })
  return list
}

function ofOutreach(body: Body): Contribution[] {
  if (body['cancelled'] === true) return []
  const day = text(body['on'])
  const list: Contribution[] = [{ metric: 'outreach', day, n: 1 }]
  const attendances = amount(body['attendances'])
  if (attendances > 0) {
    list.push({ metric: 'attendances', day, n: attendances })
    if (body['countedHow'] === 'estimated')
      list.push({ metric: 'attendances:estimated', day, n: attendances })
  }
  return list
}

/**
 * A thing that was there from one day to another, as changes of a stock. Spans that touch or overlap are one presence; between
 * two presences it was not there (D-51).
 */
function standing(
  metric: string,
  spans: readonly { from: string; to: string | null }[],
  after: (day: Day) => Day,
): Contribution[] {
  const list: Contribution[] = []
  /** The day after the last day of the presence so far; null: it goes on. */
  let end: Day | null = ''
  for (const { from, to } of [...spans].sort((a, b) => (a.from < b.from ? -1 : 1))) {
    if (from === '' || (to !== null && to < from)) continue
    if (end === null) break
    if (from > end) {
      if (end !== '') list.push({ metric, day: end, n: -1 })
      list.push({ metric, day: from, n: 1 })
      end = from
    }
    const next: Day | null = to === null ? null : after(to)
    if (next === null || next > end) end = next
  }
  if (end !== null && end !== '') list.push({ metric, day: end, n: -1 })
  return list
}

const ORGANISATION_METRICS: Readonly<Record<string, string>> = {
  committee: 'committees',
  studio: 'studios',
  team: 'teams',
}

/**
 * What a record adds to the numbers (D-50): pure, the same on phone and server, so that a retry, a move or a correction
 * changes a number by exactly the difference between the record's new and old contributions.
 * @param after the day after a day (passed in so that this file needs no calendar of its own)
 */
export function contributionsOf(kind: string, body: Body, after: (day: Day) => Day): Contribution[] {
  switch (kind) {
    case 'dispute':
      return ofDispute(body)
    case 'outreach':
      return ofOutreach(body)
    case 'service':
      return [{ metric: 'services', day: text(body['on']), n: 1 }]
    case 'screening':
      return [{ metric: 'screenings', day: text(body['on']), n: 1 }]
    case 'register.organisation': {
      const metric = ORGANISATION_METRICS[text(body['sort'])]
      return metric
        ? standing(
            metric,
            [{ from: text(body['from']), to: body['to'] === null ? null : text(body['to']) }],
            after,
          )
        : []
    }
    case 'register.person': {
      const posts = (body['posts'] ?? []) as { as: string; from: string; to: string | null }[]
      // People are counted, not posts: somebody who mediates on two committees is one mediator.
      return (['mediator', 'understander'] as const).flatMap((as) =>
        standing(
          `${as}s`,
          posts.filter((one) => one.as === as),
          after,
        ),
      )
    }
    default:
      return []
  }
}
