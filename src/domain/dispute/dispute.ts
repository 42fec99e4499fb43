import * as v from 'valibot'
import { IdSchema } from '../id.ts'
import { ConsentSchema } from '../privacy/consent.ts'
import { IdNumberSchema } from '../privacy/id-number.ts'
import { DaySchema } from '../time/day.ts'
import { DisputeSourceSchema } from './source.ts'
import { DisputeStageSchema } from './stage.ts'
import { DisputeTypeSchema } from './type.ts'

/** Names of people as 公安 systems hold them: up to 50 characters, with the separator ·. */
export const NameSchema = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(50))
const TextSchema = v.pipe(v.string(), v.maxLength(20_000))
const MomentSchema = v.pipe(v.number(), v.integer(), v.minValue(0))

/** One side of a dispute as the quick form knows it; particulars for papers come later. */
export const PartySchema = v.looseObject({
  id: IdSchema,
  name: NameSchema,
  /** A family or a firm may stand as a side. */
  kind: v.picklist(['person', 'organisation']),
})
export type Party = v.InferOutput<typeof PartySchema>

/** Things that must change how a matter is handled; each moves it to the closed lane or calls for a report. */
export const DisputeFlagSchema = v.picklist(['violence', 'minor', 'private', 'weapon', 'group'])

export const AgreementSchema = v.looseObject({
  /** Oral agreements are valid and count (人民调解法 art. 28). */
  form: v.picklist(['oral', 'written']),
  agreedOn: DaySchema,
  terms: TextSchema,
  /** The day by which what was promised is to be done; null: at once, or not said. */
  performBy: v.nullable(DaySchema),
  amountYuan: v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(1e10))),
  /** The day on which all had signed and the committee sealed it; null: not yet, or oral. */
  signedOn: v.nullable(DaySchema),
})
export type Agreement = v.InferOutput<typeof AgreementSchema>

export const FollowUpSchema = v.looseObject({
  id: IdSchema,
  on: DaySchema,
  holds: v.boolean(),
  note: TextSchema,
})
export type FollowUp = v.InferOutput<typeof FollowUpSchema>

export const EventSchema = v.looseObject({
  /** What happened, in the timeline's closed list. */
  what: v.picklist([
    'recorded',
    'told',
    'met',
    'agreed',
    'failed',
    'escalated',
    'resumed',
    'written',
    'signed',
    'performed',
    'followed-up',
    'confirmation',
    'submitted',
    'returned',
    'assigned',
    'transferred',
    'closed',
    'cancelled',
  ]),
  /** The calendar day on which it happened. */
  on: DaySchema,
  /** The moment at which it was entered, epoch milliseconds. */
  at: MomentSchema,
  by: v.nullable(IdSchema),
  note: TextSchema,
})
export type DisputeEvent = v.InferOutput<typeof EventSchema>

/**
 * A dispute (纠纷), the case. Loose on purpose: an older build carries fields it does not know and never drops them (D-30).
 * `happenedOn`, `enteredAt` and `receivedAt` are three different times: the date of asking a committee can interrupt
 * limitation (诉讼时效规定 art. 12), so none may stand in for another.
 */
export const DisputeSchema = v.looseObject({
  type: DisputeTypeSchema,
  /** Id of the village's own word, or '' when an official type was chosen. */
  word: v.pipe(v.string(), v.maxLength(40)),
  /** Free words for what it is about; required by 其他纠纷. */
  topic: v.pipe(v.string(), v.maxLength(60)),
  parties: v.pipe(v.array(PartySchema), v.maxLength(40)),
  /** Of sides who agreed to it; absent: of none. */
  idNumbers: v.optional(v.pipe(v.array(IdNumberSchema), v.maxLength(40))),
  facts: TextSchema,
  source: DisputeSourceSchema,
  place: v.pipe(v.string(), v.maxLength(100)),
  happenedOn: DaySchema,
  acceptedOn: DaySchema,
  enteredAt: MomentSchema,
  /** null on the phone until the server has it. */
  receivedAt: v.nullable(MomentSchema),
  /** The number for the paper book, given where the dispute was written down: 石桥 2026–A017. */
  paperNo: v.pipe(v.string(), v.maxLength(40)),
  /** Who mediates, and who wrote it down: two people when a clerk writes up another's work (代记). */
  mediator: v.nullable(IdSchema),
  mediatorName: v.pipe(v.string(), v.maxLength(50)),
  recordedBy: v.nullable(IdSchema),
  stage: DisputeStageSchema,
  flags: v.array(DisputeFlagSchema),
  rightsToldOn: v.nullable(DaySchema),
  /** What the parties were told about what is written down, and agreed to; absent from older records: nobody asked. */
  consent: v.optional(v.nullable(ConsentSchema)),
  agreement: v.nullable(AgreementSchema),
  failReason: v.nullable(TextSchema),
  settledOn: v.nullable(DaySchema),
  performance: v.nullable(v.looseObject({ state: v.picklist(['whole', 'part', 'none']), on: DaySchema })),
  followUpDueOn: v.nullable(DaySchema),
  followUps: v.array(FollowUpSchema),
  confirmation: v.nullable(
    v.looseObject({
      status: v.picklist(['applied', 'valid', 'not-accepted', 'dismissed', 'withdrawn']),
      on: DaySchema,
    }),
  ),
  /** The office's look at the file; null: never handed in for review. */
  review: v.nullable(
    v.looseObject({ state: v.picklist(['submitted', 'returned']), reason: TextSchema, on: DaySchema }),
  ),
  closedOn: v.nullable(DaySchema),
  events: v.pipe(v.array(EventSchema), v.maxLength(2000)),
})
export type Dispute = v.InferOutput<typeof DisputeSchema>

/** What a `create` carries: the facts as told. Stage, outcome and all that follows come by commands of their own. */
export const NewDisputeSchema = v.looseObject({
  ...v.pick(DisputeSchema, [
    'type',
    'word',
    'topic',
    'parties',
    'facts',
    'source',
    'place',
    'happenedOn',
    'acceptedOn',
    'paperNo',
    'mediator',
    'mediatorName',
    'flags',
  ]).entries,
})
export type NewDispute = v.InferOutput<typeof NewDisputeSchema>
