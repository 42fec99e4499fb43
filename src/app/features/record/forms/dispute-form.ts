import * as v from 'valibot'
import { DisputeFlagSchema } from '#domain/dispute/dispute.ts'
import { DisputeSourceSchema } from '#domain/dispute/source.ts'
import { titleOf } from '#domain/dispute/title.ts'
import { typeOfWord } from '#domain/dispute/type.ts'
import type { Id } from '#domain/id.ts'
import type { RegionCode } from '#domain/region/code.ts'
import type { Day } from '#domain/time/day.ts'
import type { Edit } from '#phone/api.ts'

const text = (max: number) => v.optional(v.fallback(v.pipe(v.string(), v.maxLength(max)), ''), '')

/** What the form for 两家有事 holds. Reads drafts of any age: a field it cannot read is empty again, the others stay. */
export const DisputeValuesSchema = v.object({
  word: text(40),
  topic: text(60),
  names: v.optional(v.fallback(v.pipe(v.array(v.string()), v.minLength(2)), ['', '']), ['', '']),
  facts: text(20_000),
  outcome: v.optional(v.fallback(v.picklist(['', 'agreed', 'failed', 'open', 'escalated']), ''), ''),
  written: v.optional(v.fallback(v.picklist(['', 'oral', 'written']), ''), ''),
  region: text(12),
  place: text(100),
  /** '' until chosen: today, where the person mediates, of one's own accord. */
  on: text(10),
  source: v.optional(v.fallback(DisputeSourceSchema, 'S1'), 'S1'),
  flags: v.optional(v.fallback(v.array(DisputeFlagSchema), []), []),
  /** The request it came from. */
  lead: text(36),
  leadRegion: text(12),
})
export type DisputeValues = v.InferOutput<typeof DisputeValuesSchema>

/** The first thing still missing, or null when it can be saved. What happened may come later: only the four answers are needed. */
export function missingOf(values: DisputeValues): 'word' | 'topic' | 'names' | 'outcome' | 'written' | null {
  if (values.word === '') return 'word'
  if (values.word === 'other' && values.topic.trim() === '') return 'topic'
  if (values.names.every((name) => name.trim() === '')) return 'names'
  if (values.outcome === '') return 'outcome'
  return values.outcome === 'agreed' && values.written === '' ? 'written' : null
}

const names = (values: DisputeValues): string[] =>
  values.names.map((name) => name.trim()).filter((name) => name !== '')

/** What the matter will be called; '' while nothing names it. */
export function nameOf(values: DisputeValues): string {
  if (values.word === '' && names(values).length === 0) return [...values.facts].slice(0, 12).join('')
  const parties = names(values).map((name) => ({ id: '', name, kind: 'person' as const }))
  return titleOf({ parties, word: values.word, topic: values.topic.trim(), type: typeOfWord(values.word) })
}

export interface Writer {
  person: Id
  name: string
  today: Day
  region: RegionCode
  newId(): Id
}

/** The outcome as the command that follows the create; none while they still talk. */
function outcomeEdit(values: DisputeValues, on: Day): Pick<Edit, 'op' | 'args'> | null {
  if (values.outcome === 'agreed')
    return {
      op: 'dispute.agree',
      args: {
        on,
        form: values.written === 'written' ? 'written' : 'oral',
        terms: '',
        performBy: null,
        amountYuan: null,
      },
    }
  if (values.outcome === 'failed') return { op: 'dispute.fail', args: { on, reason: '' } }
  return values.outcome === 'escalated' ? { op: 'dispute.escalate', args: { on, note: '' } } : null
}

/**
 * Everything one 保存 means, to be saved together: the dispute, its outcome, and the request it came from.
 * @param id of the new dispute
 */
export function editsOf(values: DisputeValues, id: Id, writer: Writer): Edit[] {
  const on = values.on || writer.today
  const at = { kind: 'dispute', id, region: values.region || writer.region } as const
  const create: Edit = {
    ...at,
    op: 'create',
    args: {
      type: typeOfWord(values.word),
      word: values.word,
      topic: values.topic.trim(),
      parties: names(values).map((name) => ({ id: writer.newId(), name, kind: 'person' })),
      facts: values.facts.trim(),
      source: values.source,
      place: values.place.trim(),
      happenedOn: on,
      acceptedOn: on,
      paperNo: '',
      mediator: writer.person,
      mediatorName: writer.name,
      flags: [...values.flags],
    },
  }
  const outcome = outcomeEdit(values, on)
  const edits: Edit[] = outcome ? [create, { ...at, ...outcome }] : [create]
  if (values.lead !== '')
    edits.push({
      op: 'lead.settle',
      kind: 'lead',
      id: values.lead,
      region: values.leadRegion || at.region,
      args: { outcome: 'dispute', dispute: id },
    })
  return edits
}
