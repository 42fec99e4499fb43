import { confirmBy } from '#domain/dispute/dates.ts'
import type { Dispute } from '#domain/dispute/dispute.ts'
import { daysBetween, type Day } from '#domain/time/day.ts'

/** A date to remember. `day` null: its clock has not started. `near`: within two weeks or past, so it is shown in amber. */
export interface DateCard {
  kind: 'perform' | 'visit' | 'confirm' | 'confirm-over'
  day: Day | null
  near: boolean
  /** Short words for what is to be done on it; '' when they would not fit. */
  words: string
}

const NEAR_DAYS = 14
const SHORT = 8

const isNear = (day: Day, today: Day): boolean => daysBetween(today, day) <= NEAR_DAYS

/** What was promised, when it is short enough to stand on a card: its first clause. */
function shortTerms(terms: string): string {
  const clause = terms.trim().split(/[。；，,;\n]/u)[0] ?? ''
  return [...clause].length <= SHORT ? clause : ''
}

/** The dates of an agreed matter: what was promised, the next visit, the thirty days to ask a court. */
export function dateCards(dispute: Dispute, today: Day): DateCard[] {
  const { agreement, stage } = dispute
  if (!agreement || stage === 'cancelled') return []
  const cards: DateCard[] = []
  const promised = dispute.performance?.state === 'whole' ? null : agreement.performBy
  if (promised)
    cards.push({
      kind: 'perform',
      day: promised,
      near: isNear(promised, today),
      words: shortTerms(agreement.terms),
    })
  const visit = dispute.followUpDueOn
  if (visit && visit !== promised && stage !== 'closed')
    cards.push({ kind: 'visit', day: visit, near: isNear(visit, today), words: '' })
  if (dispute.confirmation) return cards
  const until = confirmBy(agreement)
  if (until !== null && until < today)
    return [...cards, { kind: 'confirm-over', day: until, near: false, words: '' }]
  return [...cards, { kind: 'confirm', day: until, near: until !== null && isNear(until, today), words: '' }]
}
