import type { Id } from '#domain/id.ts'
import type { Body } from '#domain/record/kind.ts'
import type { RegionCode } from '#domain/region/code.ts'
import type { OpenLoss } from '../protocol/wire.ts'

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
  /** Values that lost and about which nobody has decided yet, oldest first; absent: none. */
  losses?: readonly OpenLoss[]
}

/** A value somebody typed that another value has replaced without its author having seen it (I-24), as it happened. */
export type FieldLoss = OpenLoss

/** Everything an op may know besides its arguments; nothing here is read from a clock while folding. */
export interface OpContext {
  /** Who made it; null when not known. */
  author: Id | null
  /** The device and number it was first made as. */
  device: number
  n: number
  /** The version the author had seen. */
  base: number
  /** Corrected edit time, epoch ms. */
  at: number
  /** When the server received it, epoch ms; null on the phone. */
  receivedAt: number | null
  /**
   * The version the record gets by this. Absent: one more than it has, which is right except for the first change in a new history of
   * the server, whose versions begin beyond all of the old one.
   */
  rv?: number
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
  | 'sealed'
  | 'closed'
  | 'out-of-scope'
  | 'no-such-place'
  | 'not-yours'
  | 'unknown-field'
