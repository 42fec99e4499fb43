import type { Id } from '#domain/id.ts'
import type { Lane } from '#domain/access/lane.ts'
import type { Placed } from '#domain/access/grant.ts'
import { isWithOffice, laneOf } from '#domain/record/kind.ts'
import { countyOf, type County } from '#domain/region/code.ts'
import type { FieldVersions, RecordState } from '#sync/fold/state.ts'
import type { LockedRow } from '../../repositories/sync/tables.ts'

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

export const countyOfRecord = (one: StoredRecord): County => countyOf(one.state.region)

/** A record as the database gave it. */
export const storedOf = (row: LockedRow): StoredRecord => ({
  state: {
    kind: row.kind,
    id: row.id,
    region: row.region,
    rv: row.rv,
    body: row.body,
    fv: row.fv as FieldVersions,
    deleted: row.deleted,
    ...(row.losses.length > 0 ? { losses: row.losses } : {}),
  },
  lane: row.lane as Lane,
  recorder: row.recorder,
  office: row.office,
})
