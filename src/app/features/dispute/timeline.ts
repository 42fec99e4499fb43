import type { Dispute, DisputeEvent } from '#domain/dispute/dispute.ts'
import type { Id } from '#domain/id.ts'
import type { Meeting } from '#domain/meeting/meeting.ts'
import { dayOf, type Day } from '#domain/time/day.ts'

/** One line of 前前后后. `say` is a key below dispute.line; `more` is what somebody wrote, `was` the words it replaced. */
export interface Line {
  key: string
  say: string
  values: Record<string, string>
  on: Day
  /** The moment, when it was written down on the very day; else null: only the day is known. */
  at: number | null
  more: string
  was: string
}

const last = (dispute: Dispute, what: DisputeEvent['what']): number =>
  dispute.events.map((one) => one.what).lastIndexOf(what)

/** What the record still knows about an event beyond its own note. */
function detail(dispute: Dispute, event: DisputeEvent, at: number): Pick<Line, 'say' | 'values' | 'more'> {
  const plain = { say: event.what as string, values: {}, more: event.note }
  const isLast = last(dispute, event.what) === at
  if (event.what === 'recorded') {
    const who = dispute.source === 'S1' ? (dispute.parties[0]?.name ?? '') : ''
    return { say: who === '' ? 'recorded' : 'came', values: { who }, more: dispute.facts }
  }
  if (event.what === 'agreed' && isLast && dispute.agreement)
    return { ...plain, say: `agreed-${dispute.agreement.form}` }
  if (event.what === 'written' && isLast) return { ...plain, more: dispute.agreement?.terms ?? '' }
  if (event.what === 'performed' && isLast && dispute.performance)
    return { ...plain, say: `performed-${dispute.performance.state}` }
  if (event.what === 'followed-up') {
    const visits = dispute.events.slice(0, at).filter((one) => one.what === 'followed-up').length
    const visit = dispute.followUps[visits]
    return visit ? { ...plain, say: visit.holds ? 'holds' : 'broken' } : plain
  }
  if (event.what === 'confirmation') return { say: `confirmation-${event.note}`, values: {}, more: '' }
  return event.what === 'assigned' ? { say: 'assigned', values: { who: event.note }, more: '' } : plain
}

function lineOf(dispute: Dispute, event: DisputeEvent, at: number): Line {
  const was = event['was'] as { terms?: unknown } | undefined
  return {
    key: `${at}`,
    ...detail(dispute, event, at),
    on: event.on,
    at: dayOf(event.at) === event.on ? event.at : null,
    was: typeof was?.terms === 'string' ? was.terms : '',
  }
}

const lineOfMeeting = ([id, meeting]: readonly [Id, Meeting]): Line => ({
  key: id,
  say: 'met',
  values: {},
  on: meeting.on,
  at: dayOf(meeting.enteredAt) === meeting.on ? meeting.enteredAt : null,
  more: [meeting.place, meeting.notes, meeting.helpers.join('、')]
    .filter((one) => one.trim() !== '')
    .join('\n'),
  was: '',
})

/**
 * Everything that happened, newest first: by the day it happened, on one day by when it was written down, and of what was
 * written down together the last step first.
 */
export function timeline(dispute: Dispute, meetings: readonly (readonly [Id, Meeting])[]): Line[] {
  const entered = [
    ...dispute.events.map((event, at) => ({ line: lineOf(dispute, event, at), moment: event.at })).reverse(),
    ...meetings.map((one) => ({ line: lineOfMeeting(one), moment: one[1].enteredAt })),
  ]
  return entered
    .sort((a, b) => (a.line.on === b.line.on ? b.moment - a.moment : a.line.on < b.line.on ? 1 : -1))
    .map((one) => one.line)
}
