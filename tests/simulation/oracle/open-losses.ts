import { MAX_OPEN_LOSSES } from '#sync/fold/losses.ts'
import { keyOfRecord, type Taken } from './replay.ts'
import type { ServerContent } from './server-content.ts'
import { typedBy } from './values.ts'
import { must, same } from './violation.ts'

type Loss = ServerContent['losses'][number]

/** What an op puts into the field of a loss, taking an element out included; undefined: it leaves it alone. */
function putBy(one: Taken, field: string): { value: unknown } | undefined {
  if (one.op.k === 'set.remove' && field === `parties/${String(one.op.a['id'])}`) return { value: null }
  const typed = typedBy(one).find(([name]) => name === field)
  return typed && { value: typed[1] }
}

/** Phones on which the value that lost may have been typed. */
function authorsOf({ field, value, rv }: Loss, ops: readonly Taken[]): Set<number> {
  const found = ops.filter((one) => {
    const put = one.decision.rv <= rv ? putBy(one, field) : undefined
    return put !== undefined && same(put.value ?? null, value ?? null)
  })
  // A form's empty field is typed by nobody, and comes from whoever made the record.
  return new Set((found.length > 0 ? found : ops.slice(0, 1)).map(({ device }) => device))
}

/** Whether an op decides about a loss: by name, having seen it, on the phone that typed it, or by saying the same. */
function settles(one: Taken, loss: Loss, authors: ReadonlySet<number>): boolean {
  const { op, device, decision } = one
  if (decision.rv <= loss.rv) return false
  if (op.k === 'loss.settle') return op.a['field'] === loss.field && op.a['rv'] === loss.rv
  const put = putBy(one, loss.field)
  if (!put) return false
  return op.b >= loss.rv || authors.has(device) || same(put.value ?? null, loss.value ?? null)
}

/**
 * I-24: a value that lost stands open beside the one that stands, until somebody decides who has seen it or typed it; nobody settles what
 * they have not seen.
 */
export function expectOpenLosses(content: ServerContent, taken: ReadonlyMap<string, readonly Taken[]>): void {
  const rows = new Map(content.records.map((row) => [keyOfRecord(row), row]))
  for (const loss of content.losses) {
    const key = keyOfRecord(loss)
    const row = rows.get(key)
    if (!row || row.deleted || row.losses.length >= MAX_OPEN_LOSSES) continue
    if (row.losses.some((one) => one.field === loss.field && one.rv === loss.rv)) continue
    const ops = taken.get(key) ?? []
    const authors = authorsOf(loss, ops)
    must(
      ops.some((one) => settles(one, loss, authors)),
      'I-24',
      () => `${key}: what lost in ${loss.field} at version ${loss.rv} stands open no more, and nobody saw it`,
      'lost',
    )
  }
}
