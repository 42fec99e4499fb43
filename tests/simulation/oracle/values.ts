import type { Body } from '#domain/record/kind.ts'
import { valueOf } from '#sync/fold/losses.ts'
import { keyOfRecord, type Taken } from './replay.ts'
import type { RecordRow, ServerContent } from './server-content.ts'
import { must, same } from './violation.ts'

/** Versions that each op made, in whatever history, by its fingerprint. */
type EverMade = ReadonlyMap<string, readonly number[]>

/** What an op typed into fields: a field and its value. */
export function typedBy({ op }: Taken): [field: string, value: unknown][] {
  if (op.k === 'patch' || op.k === 'create' || op.k === 'outreach.log')
    // What a form leaves empty was typed by nobody.
    return Object.entries(op.a).filter(
      ([field, value]) =>
        field !== 'parties' && field !== 'flags' && (op.k === 'patch' || (value !== '' && value !== null)),
    )
  if (op.k === 'set.add') {
    const item = op.a['item'] as Body
    return [[`parties/${String(item['id'])}`, item]]
  }
  if (op.k === 'dispute.agree' || op.k === 'dispute.write') return [['agreement.terms', op.a['terms']]]
  return []
}

/** Whether a later op of the record put something else there whose author had seen this, or is the same phone. */
function wasSeen(field: string, mine: Taken, later: readonly Taken[], ever: EverMade): boolean {
  // Whoever changes a record has seen how it was made; and what was seen in a history that was lost was seen.
  const since =
    mine.op.k === 'patch' || mine.op.k.startsWith('set.') || mine.op.k.startsWith('dispute.')
      ? Math.min(...(ever.get(mine.decision.hash) ?? [mine.decision.rv]))
      : 0
  return later.some((other) => {
    const hasSeen = other.op.b >= since || other.device === mine.device
    if (!hasSeen) return false
    if (field.startsWith('parties/') && other.op.k === 'set.remove')
      return `parties/${String(other.op.a['id'])}` === field
    return typedBy(other).some(([name]) => name === field)
  })
}

/** Whether somebody typed what they saw there: then it is the other's value, and its fate is the other's. */
function saysNothingNew(field: string, value: unknown, mine: Taken, before: readonly Taken[]): boolean {
  const typed = before.flatMap((other) =>
    typedBy(other)
      .filter(([name]) => name === field)
      .map(([, there]) => ({ there, rv: other.decision.rv })),
  )
  const last = typed.at(-1)
  return last !== undefined && mine.op.b >= last.rv && same(last.there ?? null, value ?? null)
}

function isKept(row: RecordRow, field: string, value: unknown): boolean {
  if (field === 'agreement.terms') {
    const terms = JSON.stringify(value)
    return (
      JSON.stringify(row.body['agreement'] ?? null).includes(terms) ||
      JSON.stringify(row.body['events'] ?? []).includes(terms)
    )
  }
  return same(valueOf(row.body, field), value ?? null)
}

/**
 * I-24: what somebody typed and the server took is in the record, or among the losses, or was overwritten by somebody who had seen
 * it.
 */
export function expectValues(
  content: ServerContent,
  taken: ReadonlyMap<string, readonly Taken[]>,
  ever: EverMade,
): void {
  const rows = new Map(content.records.map((row) => [keyOfRecord(row), row]))
  const lost = new Map<string, unknown[]>()
  for (const one of content.losses) {
    const name = `${keyOfRecord(one)} ${one.field}`
    lost.set(name, [...(lost.get(name) ?? []), one.value])
  }
  for (const [key, ops] of taken) {
    const row = rows.get(key) as RecordRow
    for (const [at, mine] of ops.entries())
      for (const [field, value] of typedBy(mine)) {
        const isThere =
          isKept(row, field, value) ||
          (lost.get(`${key} ${field}`) ?? []).some((one) => same(one, value ?? null)) ||
          wasSeen(field, mine, ops.slice(at + 1), ever) ||
          saysNothingNew(field, value, mine, ops.slice(0, at)) ||
          ops.slice(0, at).some((other) => other.device === mine.device && other.n > mine.n)
        must(
          isThere,
          'I-24',
          () => `${key}: ${field} = ${JSON.stringify(value)} of op ${mine.op.n} is nowhere`,
          'lost',
        )
      }
  }
}
