import type { Id } from '#domain/id.ts'
import type { Lane } from '#domain/access/lane.ts'
import type { Placed } from '#domain/access/grant.ts'
import { isWithOffice, laneOf } from '#domain/record/kind.ts'
import type { RecordState } from '#sync/fold/state.ts'

/** A record with where it stands: what the server keeps besides what both sides fold. */
export interface StoredRecord {
  state: RecordState
  lane: Lane
  recorder: Id | null
  office: boolean
}

export const keyOf = (kind: string, id: Id): string => `${kind}/${id}`

/** A folded state, placed: lane and office follow from the content. */
export const place = (state: RecordState, recorder: Id | null): StoredRecord => ({
  state,
  lane: laneOf(state.kind, state.body),
  recorder,
  office: isWithOffice(state.kind, state.body),
})

export const placedOf = (one: StoredRecord): Placed => ({
  id: one.state.id,
  region: one.state.region,
  lane: one.lane,
  recorder: one.recorder,
  office: one.office,
})
