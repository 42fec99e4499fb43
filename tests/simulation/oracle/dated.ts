import type { FieldVersions } from '#sync/fold/state.ts'
import type { Taken } from './replay.ts'
import { keyOfRecord } from './replay.ts'
import type { ServerContent } from './server-content.ts'
import { must } from './violation.ts'

/** I-29: whatever a phone's clock said, nothing in a record is dated later than the servers received it. */
export function expectDated(content: ServerContent, taken: ReadonlyMap<string, readonly Taken[]>): void {
  for (const row of content.records) {
    const latest = Math.max(0, ...(taken.get(keyOfRecord(row)) ?? []).map(({ decision }) => decision.at))
    for (const [field, [, device, , at]] of Object.entries(row.fv as FieldVersions))
      must(
        device === 0 || at <= latest,
        'I-29',
        () => `${keyOfRecord(row)}: ${field} is dated ${at - latest} ms after its op was received`,
      )
  }
}
