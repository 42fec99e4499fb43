import { viewOf, type Placed, type Rights } from '#domain/access/grant.ts'
import { ROLES } from '#domain/access/role.ts'
import { offlineRights } from '#domain/access/scope.ts'
import type { Id } from '#domain/id.ts'
import type { PageLine, Row, RowsLine } from '#sync/protocol/wire.ts'
import { must } from './violation.ts'

/** Rows of a page, or of records that were asked for by name. */
function rowsIn(line: object): readonly Row[] {
  if ('page' in line) return (line as PageLine).rows
  return 'rows' in line ? (line as RowsLine).v : []
}

/**
 * I-19: of what a person may only read at a desk nothing is sent to a phone, not even for a moment. Asked of the answers to those who
 * hold such a post; whatever else a phone may keep shows in the end.
 */
export function expectForPhone(rights: Rights, answer: Uint8Array, today: string): void {
  if (rights.grants.every(({ role }) => ROLES[role].offline)) return
  const kept = offlineRights(rights)
  for (const text of new TextDecoder().decode(answer).trimEnd().split('\n')) {
    for (const [kind, id, region, lane, , , body] of rowsIn(JSON.parse(text) as object)) {
      if (typeof body === 'string') continue
      const recorder = (body['recordedBy'] ?? null) as Id | null
      const placed: Placed = { id, region, lane, recorder, office: false }
      must(
        viewOf(kept, placed, today) === 'full',
        'I-19',
        () => `${kind}/${id} was sent to the phone of somebody who may only read it at a desk`,
      )
    }
  }
}
