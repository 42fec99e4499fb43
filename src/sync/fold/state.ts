import type { Id } from '#domain/id.ts'
import type { Body } from '#domain/record/kind.ts'
import type { RegionCode } from '#domain/region/code.ts'

/** For every field that was changed since creation: [rv of the change, device, n, corrected edit time in epoch ms]. */
export type FieldVersions = Record<string, [rv: number, device: number, n: number, at: number]>

/** A record as both sides fold it. */
export interface RecordState {
  kind: string
  id: Id
  region: RegionCode
  /** +1 for every accepted change; 0 on a phone for a record the server does not have yet. */
  rv: number
  body: Body
  fv: FieldVersions
  deleted: boolean
}

/** A value somebody typed that another value has replaced without its author having seen it (I-24). */
export interface FieldLoss {
  field: string
  value: unknown
  device: number
}

/** Everything an op may know besides its arguments; nothing here is read from a clock while folding. */
export interface OpContext {
  /** Who made it; null when not known. */
  author: Id | null
  device: number
  n: number
  /** The version the author had seen. */
  base: number
  /** Corrected edit time, epoch ms. */
  at: number
  /** When the server received it, epoch ms; null on the phone. */
  receivedAt: number | null
}

/** Why an op was not accepted. Each owes the person one sentence, in `app/text`. */
export type RefusalCode =
  | 'malformed'
  | 'no-record'
  | 'exists'
  | 'not-reachable'
  | 'needs-topic'
  | 'not-agreed'
  | 'nothing-to-return'
  | 'closed'
  | 'out-of-scope'
  | 'unknown-field'
