import type { DisputeSource } from '#domain/dispute/source.ts'
import { typeOfWord } from '#domain/dispute/type.ts'
import { FIRST_FOLLOW_UP_DAYS } from '#domain/dispute/dates.ts'
import { addDays, dayOf, type Day } from '#domain/time/day.ts'
import { moment, type Known, type PlannedRecord, type Step } from './planned.ts'
import { diceFor, idFor, type Dice } from './random.ts'
import type { Phrases } from './seed-schemas.ts'

/** A dispute as it will have gone, from the day it was taken up to the last visit. */
export interface DisputeCourse {
  /** Names the dispute for its id; the same key gives the same dispute. */
  key: string
  region: string
  word: string
  source: DisputeSource
  sides: [string, string]
  happened: Day
  accepted: Day
  outcome: 'agreed' | 'failed'
  settled: Day
  form: 'oral' | 'written' | null
  yuan: number | null
  court: { status: string; on: Day } | null
  place: string
  mediator: Known | null
  by: string
  /** Nothing of it was written down before this moment (epoch ms). */
  notBefore: number
  /** Whether reading out, signing and performing are there as steps of their own, and closing at the end. */
  detailed: boolean
  /** Days between the day somebody should go and see and the day somebody went. */
  visitLag: number
  /** Whether the file was handed to the office some days after it was settled. */
  submitted: boolean
  /** Whether the file was closed after the visit, or after it failed. */
  closes: boolean
}

function fill(text: string, course: DisputeCourse): string {
  const values: Record<string, string> = {
    a: course.sides[0],
    b: course.sides[1],
    yuan: String(course.yuan ?? ''),
  }
  return text.replace(/\{(\w+)\}/g, (_all, name: string) => values[name] ?? '')
}

/** Facts and terms in the words of `phrases.yaml`; a word without phrases takes those of `other`. */
function wordsFor(
  phrases: Phrases,
  course: DisputeCourse,
  dice: Dice,
): { facts: string; terms: string; reason: string } {
  const own = phrases.words[course.word] ?? phrases.words['other']
  if (!own) throw new Error(`phrases.yaml: no phrases for ${course.word}, and none for other`)
  const sent = course.source === 'S3' || course.source === 'S4' ? phrases.court : ''
  const terms = dice.pick(course.yuan === null ? own.terms : own.paid)
  return {
    facts: sent + fill(dice.pick(own.facts), course),
    terms: fill(terms, course),
    reason: dice.pick(phrases.refused),
  }
}

interface Line {
  k: string
  on: Day
  hour: number
  a: Record<string, unknown>
}

function agreementLines(course: DisputeCourse, terms: string, dice: Dice): Line[] {
  const { settled, form, yuan, detailed, visitLag } = course
  const performBy = detailed && yuan !== null ? addDays(settled, dice.whole(8, 25)) : null
  const lines: Line[] = [
    { k: 'dispute.agree', on: settled, hour: 15, a: { form, terms, performBy, amountYuan: yuan } },
  ]
  if (form === 'written')
    lines.push({ k: 'dispute.sign', on: addDays(settled, detailed ? dice.whole(0, 2) : 0), hour: 16, a: {} })
  if (course.submitted)
    lines.push({ k: 'dispute.submit', on: addDays(settled, dice.whole(1, 4)), hour: 17, a: {} })
  const due = performBy ?? addDays(settled, FIRST_FOLLOW_UP_DAYS)
  if (detailed && performBy)
    lines.push({ k: 'dispute.perform', on: performBy, hour: 11, a: { state: 'whole', note: '' } })
  if (course.court)
    lines.push({ k: 'dispute.confirm', on: course.court.on, hour: 10, a: { status: course.court.status } })
  const seen = addDays(due, visitLag)
  const visit = idFor(`visit:${course.key}`, moment(seen, 9))
  lines.push({
    k: 'dispute.follow-up',
    on: seen,
    hour: 12,
    a: { id: visit, holds: true, note: '', nextOn: null },
  })
  if (course.closes)
    lines.push({ k: 'dispute.close', on: addDays(seen, dice.whole(1, 9)), hour: 17, a: { note: '' } })
  return lines.sort((one, other) =>
    one.on === other.on ? one.hour - other.hour : one.on < other.on ? -1 : 1,
  )
}

/**
 * The record of a dispute up to `now`: every step at the time it was written down, steps that are still to come left out.
 * null when not even its beginning has come.
 */
export function disputeRecord(course: DisputeCourse, phrases: Phrases, now: number): PlannedRecord | null {
  const dice = diceFor(`words:${course.key}`)
  const words = wordsFor(phrases, course, dice)
  const minute = dice.whole(0, 59)
  const create = {
    type: typeOfWord(course.word),
    word: course.word,
    topic: '',
    parties: course.sides.map((name, at) => ({
      id: idFor(`party:${course.key}:${at}`, moment(course.accepted, 9)),
      name,
      kind: 'person',
    })),
    facts: words.facts,
    source: course.source,
    place: course.place,
    happenedOn: course.happened,
    acceptedOn: course.accepted,
    paperNo: '',
    mediator: course.mediator?.id ?? null,
    mediatorName: course.mediator?.name ?? '',
    flags: [],
  }
  const lines: Line[] = []
  if (course.detailed) lines.push({ k: 'dispute.tell', on: course.accepted, hour: 11, a: {} })
  if (course.outcome === 'agreed') lines.push(...agreementLines(course, words.terms, dice))
  else {
    lines.push({ k: 'dispute.fail', on: course.settled, hour: 15, a: { reason: words.reason } })
    if (course.closes)
      lines.push({ k: 'dispute.close', on: addDays(course.settled, 1), hour: 17, a: { note: '' } })
  }
  let at = Math.max(course.notBefore, moment(course.accepted, dice.whole(8, 10), minute))
  if (at > now) return null
  const steps: Step[] = [{ k: 'create', a: create, at, by: course.by }]
  for (const line of lines) {
    const planned = Math.max(at + 60_000, moment(line.on, line.hour, minute))
    // Who goes on the very day has been there by the time the world is loaded, so that only the stories wait for today.
    const done = line.k === 'dispute.follow-up' && course.visitLag === 0 && line.on === dayOf(now) && at < now
    if (planned > now && !done) break
    at = Math.min(planned, now)
    steps.push({ k: line.k, a: { ...line.a, on: line.on }, at, by: course.by })
  }
  return {
    kind: 'dispute',
    id: idFor(`dispute:${course.key}`, steps[0]?.at ?? at),
    region: course.region,
    steps,
  }
}
