import * as v from 'valibot'
import { IdSchema } from '../id.ts'
import { DaySchema } from '../time/day.ts'

/** How people were reached. `other` needs a word in the title. */
export const OutreachFormSchema = v.picklist([
  'market',
  'yard',
  'household',
  'loudspeaker',
  'group-chat',
  'lecture',
  'performance',
  'court-visit',
  'other',
])
export type OutreachForm = v.InferOutput<typeof OutreachFormSchema>

/** The classical six entries (法律六进) and what counties add to them; derived from the form and the place, and editable. */
export const SixEntriesSchema = v.picklist([
  'office',
  'village',
  'community',
  'school',
  'enterprise',
  'unit',
  'public-place',
  'shop',
  'site',
])
export type SixEntries = v.InferOutput<typeof SixEntriesSchema>

/** Whether a headcount was counted, taken from a signing sheet, or estimated. The three are shown apart. */
export const CountedHowSchema = v.picklist(['counted', 'signed', 'estimated'])

const CountSchema = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000))
const MomentSchema = v.pipe(v.number(), v.integer(), v.minValue(0))

/**
 * An outreach session (普法活动). `attendances` (人次) counts a person who came twice as two; `people` (人数) counts persons and is
 * usually not known (null). The two are never added or swapped.
 */
export const OutreachSchema = v.looseObject({
  form: OutreachFormSchema,
  /** Slug of the topic or content item spoken about, or '' when only `title` says it. */
  topic: v.pipe(v.string(), v.maxLength(80)),
  title: v.pipe(v.string(), v.maxLength(80)),
  on: DaySchema,
  place: v.pipe(v.string(), v.maxLength(100)),
  sixEntries: SixEntriesSchema,
  campaign: v.pipe(v.string(), v.maxLength(60)),
  speakers: v.array(v.pipe(v.string(), v.maxLength(50))),
  attendances: CountSchema,
  countedHow: CountedHowSchema,
  people: v.nullable(CountSchema),
  materials: v.array(v.looseObject({ kind: v.pipe(v.string(), v.maxLength(30)), count: CountSchema })),
  note: v.pipe(v.string(), v.maxLength(5000)),
  paperNo: v.pipe(v.string(), v.maxLength(40)),
  recordedBy: v.nullable(IdSchema),
  enteredAt: MomentSchema,
  receivedAt: v.nullable(MomentSchema),
  cancelled: v.boolean(),
})
export type Outreach = v.InferOutput<typeof OutreachSchema>

export const NewOutreachSchema = v.looseObject(
  v.omit(OutreachSchema, ['recordedBy', 'enteredAt', 'receivedAt', 'cancelled']).entries,
)
export type NewOutreach = v.InferOutput<typeof NewOutreachSchema>

const ENTRIES_OF_FORM: Readonly<Record<OutreachForm, SixEntries>> = {
  market: 'public-place',
  yard: 'village',
  household: 'village',
  loudspeaker: 'village',
  'group-chat': 'village',
  lecture: 'village',
  performance: 'village',
  'court-visit': 'unit',
  other: 'village',
}

/** The six-entries category that a form usually belongs to; a person may change it. */
export const sixEntriesOf = (form: OutreachForm): SixEntries => ENTRIES_OF_FORM[form]
