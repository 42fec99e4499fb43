import type { Result } from '#domain/result.ts'
import type * as v from 'valibot'
import type { FieldLoss, OpContext, RecordState, RefusalCode } from '../fold/state.ts'

export interface Applied {
  state: RecordState
  lost: FieldLoss[]
}
export type ApplyResult = Result<Applied, RefusalCode>

/**
 * One kind of op: the schema of its newest arguments, how older arguments become newer ones, and what it does.
 * Entries are only ever added to: an op made by any build ever shipped must still fold (I-46).
 */
export interface Entry<A = Record<string, unknown>> {
  version: number
  schema: v.GenericSchema<unknown, A>
  /** `upcast[1]` turns arguments of version 1 into version 2, and so on. */
  upcast?: Readonly<Record<number, (args: Record<string, unknown>) => Record<string, unknown>>>
  /** Record kinds it may name; undefined: any known kind. */
  kinds?: readonly string[]
  /** It says something beside its record and changes none; whoever decides asks `isAside` before folding. */
  aside?: true
  apply(
    state: RecordState | null,
    args: A,
    ctx: OpContext,
    target: { kind: string; id: string; region: string },
  ): ApplyResult
}

/** Keeps the argument type of an entry while the catalogue forgets it. */
export const entry = <A>(one: Entry<A>): Entry => one as unknown as Entry
