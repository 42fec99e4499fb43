import type { Id } from '#domain/id.ts'
import type { LockedRow, StoredReceipt } from '#server/repositories/sync/tables.ts'

export interface RecordRow extends LockedRow {
  county: string
  seq: number
}

/** Everything the servers' database holds of the sync, as one snapshot. */
export interface ServerContent {
  epoch: string
  gen: number
  heads: ReadonlyMap<string, number>
  records: readonly RecordRow[]
  receipts: readonly (StoredReceipt & { county: string })[]
  refused: readonly { device: number; n: number; op: unknown; state: string }[]
  losses: readonly { kind: string; id: Id; field: string; rv: number; value: unknown }[]
  rollup: ReadonlyMap<string, number>
  digest: ReadonlyMap<string, { n: number; x: string }>
}
