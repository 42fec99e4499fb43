import { closingFlagsOf } from '#domain/record/kind.ts'
import { parentOf } from '#server/services/sync/doors.ts'
import type { RecordRow, ServerContent } from './server-content.ts'
import { must, same } from './violation.ts'

const flagsOf = (body: Record<string, unknown>): unknown[] => (body['flags'] as unknown[] | undefined) ?? []

/** What two sides of a comparison have in common when the server itself put the record behind its dispute's door. */
interface Compared {
  rv: number
  body: Record<string, unknown>
  fv: Record<string, unknown>
}

/**
 * The found record as its ops alone make it: without the flags that the server added, and without the version this took.
 * @returns the same when it added none
 */
export function asTyped<T extends Compared>(kind: string, found: T, expected: Compared | null): T {
  if ((kind !== 'meeting' && kind !== 'attachment') || !expected) return found
  const [had, typed] = [flagsOf(found.body), flagsOf(expected.body)]
  const isAdded = (found.fv['flags'] as number[] | undefined)?.[1] === 0
  const isMore = typed.every((one) => had.includes(one)) && !same(had, typed)
  if (!isAdded || !isMore || found.rv < expected.rv) return found
  const { flags: _body, ...body } = found.body
  const { flags: _fv, ...fv } = found.fv
  const own = (of: Record<string, unknown>) => (of['flags'] === undefined ? {} : { flags: of['flags'] })
  return {
    ...found,
    rv: expected.rv,
    body: { ...body, ...own(expected.body) },
    fv: { ...fv, ...own(expected.fv) },
  }
}

/** TR-66: what belongs to a dispute of the same county has its closing flags. */
export function expectDoors(content: ServerContent): void {
  const rows = new Map(
    content.records.map((row): [string, RecordRow] => [`${row.county}/${row.kind}/${row.id}`, row]),
  )
  for (const row of content.records) {
    const of = row.deleted ? null : parentOf(row.kind, row.body)
    const parent = of && rows.get(`${row.county}/${of.kind}/${of.id}`)
    const lacking = parent
      ? closingFlagsOf(parent.body).filter((one) => !flagsOf(row.body).includes(one))
      : []
    must(
      lacking.length === 0,
      'TR-66',
      () => `${row.kind}/${row.id} is not behind the door of ${of?.id}: ${lacking.join()}`,
    )
  }
}
