import * as v from 'valibot'
import type { Id } from '#domain/id.ts'
import type { Edit } from '#phone/api.ts'
import type { Writer } from './dispute-form.ts'

const text = (max: number) => v.optional(v.fallback(v.pipe(v.string(), v.maxLength(max)), ''), '')
const Answer = v.picklist(['', 'answered', 'to-mediator', 'to-office', 'to-lawyer', 'later'])
const Kind = v.picklist(['question', 'legal-aid', 'notary', 'other'])

/** What the form for 有人来问 holds. */
export const ServiceValuesSchema = v.object({
  asked: text(5000),
  who: text(50),
  answer: v.optional(v.fallback(Answer, ''), ''),
  kind: v.optional(v.fallback(Kind, 'question'), 'question'),
  region: text(12),
  place: text(100),
  on: text(10),
  /** The request it came from. */
  lead: text(36),
  leadRegion: text(12),
})
export type ServiceValues = v.InferOutput<typeof ServiceValuesSchema>

/** The first thing still missing, or null when it can be saved. */
export const missingOf = (values: ServiceValues): 'asked' | 'answer' | null =>
  values.asked.trim() === '' ? 'asked' : values.answer === '' ? 'answer' : null

const leadOutcome = (answer: ServiceValues['answer']): 'answered' | 'passed-on' =>
  answer === 'answered' ? 'answered' : 'passed-on'

/** The service as one op, and the request it came from, unless it is to be answered later. */
export function editsOf(values: ServiceValues, id: Id, writer: Writer): Edit[] {
  const region = values.region || writer.region
  const create: Edit = {
    op: 'create',
    kind: 'service',
    id,
    region,
    args: {
      kind: values.kind,
      asked: values.asked.trim(),
      who: values.who.trim(),
      answer: values.answer === '' ? 'later' : values.answer,
      content: '',
      on: values.on || writer.today,
      paperNo: '',
    },
  }
  if (values.lead === '' || values.answer === 'later') return [create]
  const settle: Edit = {
    op: 'lead.settle',
    kind: 'lead',
    id: values.lead,
    region: values.leadRegion || region,
    args: { outcome: leadOutcome(values.answer), dispute: null },
  }
  return [create, settle]
}
