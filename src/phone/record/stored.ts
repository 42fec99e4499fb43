import type { Body } from '#domain/record/kind.ts'
import type { FieldVersions } from '#sync/fold/state.ts'
import type { OpenLoss } from '#sync/protocol/wire.ts'
import { boundTo, openJson, sealJson, type Sealer } from '../seal/box.ts'
import { keyOf, type Bytes, type RecRow } from '../database/rows.ts'

/** A record's content in one standing: the server's, or the one on screen. Kind, id and version stand in the row's clear fields. */
export interface Standing {
  rv: number
  region: string
  body: Body
  fv: FieldVersions
  /** Not there for anybody who looks: gone, or never made and kept only for an op that still has to be handed in. */
  deleted: boolean
  /** Values that lost and about which nobody has decided yet; absent: none. */
  losses?: readonly OpenLoss[]
}

/** What the box of a record holds. */
export interface Stored {
  /** What is on screen: the server's state with the waiting ops on top. */
  now: Standing
  /** The server's state; only there while ops wait or were refused. null: the server does not have the record. */
  base?: Standing | null
  /** Lane as the server named it; null until it did. */
  lane: string | null
  sv: number
  /** Ops on it that the server did not accept. */
  refused: number
  /** The server says it is no longer ours; kept because of unsent or refused work (I-22). */
  gone?: boolean
}

/** Opens what is stored of a record. Its version is the row's: that of a lost history is put back there, without opening any box. */
export async function openStored(
  sealer: Sealer,
  row: Pick<RecRow, 'kind' | 'id' | 'rv' | 'box'>,
): Promise<Stored> {
  const stored = await openJson<Stored>(sealer, boundTo('rec', keyOf(row.kind, row.id)), row.box)
  stored.now.rv = row.rv
  if (stored.base) stored.base.rv = row.rv
  return stored
}

export const sealStored = (sealer: Sealer, key: string, stored: Stored): Promise<Bytes> =>
  sealJson(sealer, boundTo('rec', key), stored)
