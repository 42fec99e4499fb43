import { addDays, type Day } from '../time/day.ts'
import type { Agreement, Dispute } from './dispute.ts'

/** Days in which both parties may ask a court to confirm (人民调解法 art. 33; 民事诉讼法(2023) art. 205). */
export const CONFIRMATION_DAYS = 30
/** Days after an agreement at which a first visit is suggested; no national number exists, counties may set their own. */
export const FIRST_FOLLOW_UP_DAYS = 30

/** When an agreement took effect: oral on the day of agreeing (art. 30), written when all had signed and it was sealed (art. 29); else null. */
export const effectiveOn = (agreement: Agreement): Day | null =>
  agreement.form === 'oral' ? agreement.agreedOn : agreement.signedOn

/** The last day to ask a court to confirm; null while the clock has not started. */
export function confirmBy(agreement: Agreement): Day | null {
  const from = effectiveOn(agreement)
  return from === null ? null : addDays(from, CONFIRMATION_DAYS)
}

/** Whether someone should go and see on `today` whether it holds. */
export const isFollowUpDue = (dispute: Dispute, today: Day): boolean =>
  dispute.followUpDueOn !== null && dispute.followUpDueOn <= today && dispute.stage !== 'cancelled'
