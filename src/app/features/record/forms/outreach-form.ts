import * as v from 'valibot'
import type { Id } from '#domain/id.ts'
import { CountedHowSchema, OutreachFormSchema, sixEntriesOf } from '#domain/outreach/outreach.ts'
import type { Edit } from '#phone/api.ts'
import type { Writer } from './dispute-form.ts'

const text = (max: number) => v.optional(v.fallback(v.pipe(v.string(), v.maxLength(max)), ''), '')

/** Round numbers of people that can be tapped. */
export const ROUND_COUNTS = [10, 20, 30, 50, 100] as const

/** What the form for 我去讲了 holds. */
export const OutreachValuesSchema = v.object({
  form: v.optional(v.fallback(v.union([OutreachFormSchema, v.literal('')]), ''), ''),
  /** A topic's id, `own` when written by hand. */
  topic: text(80),
  title: text(60),
  /** A round number, `own` when written by hand, '' while not said. */
  count: text(3),
  counted: text(7),
  countedHow: v.optional(v.fallback(CountedHowSchema, 'estimated'), 'estimated'),
  note: text(5000),
  region: text(12),
  place: text(100),
  on: text(10),
})
export type OutreachValues = v.InferOutput<typeof OutreachValuesSchema>

/** The number of attendances said, or null while none was. */
export function attendancesOf(values: OutreachValues): number | null {
  const said = values.count === 'own' ? values.counted.trim() : values.count
  return /^\d{1,6}$/.test(said) ? Number(said) : null
}

/** The first thing still missing, or null when it can be saved. */
export function missingOf(values: OutreachValues): 'form' | 'topic' | 'title' | 'count' | null {
  if (values.form === '') return 'form'
  if (values.topic === '') return 'topic'
  if (values.topic === 'own' && values.title.trim() === '') return 'title'
  return attendancesOf(values) === null ? 'count' : null
}

/**
 * The session as one op.
 * @param title what it will be called in lists: the form and the topic in words
 */
export function editsOf(values: OutreachValues, id: Id, writer: Writer, title: string): Edit[] {
  const form = values.form === '' ? 'other' : values.form
  return [
    {
      op: 'outreach.log',
      kind: 'outreach',
      id,
      region: values.region || writer.region,
      args: {
        form,
        topic: values.topic === 'own' ? '' : values.topic,
        title,
        on: values.on || writer.today,
        place: values.place.trim(),
        sixEntries: sixEntriesOf(form),
        campaign: '',
        speakers: [writer.name],
        attendances: attendancesOf(values) ?? 0,
        countedHow: values.countedHow,
        people: null,
        materials: [],
        note: values.note.trim(),
        paperNo: '',
      },
    },
  ]
}
