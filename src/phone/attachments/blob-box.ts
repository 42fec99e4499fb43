import type { Id } from '#domain/id.ts'
import type { BlobRow } from '../database/rows.ts'
import { boundTo, openJson, shareJson, type Sealer } from '../seal/box.ts'

/**
 * waiting: to be handed in when its record is. stored: the server holds it; kept for the ring rule. refused: the server does not take
 * it. taken-back: its author does not want it. broken: what lies here is not what was declared.
 */
export type BlobState = 'waiting' | 'stored' | 'refused' | 'taken-back' | 'broken'

/** What is known of a file besides its clear fields. */
export interface BlobFacts {
  sha256: string
  /** Server time (epoch ms) since which it is no longer needed here; null: it is. */
  doneAt: number | null
  /** Whether the server was told of it, so that some of it may be there. */
  begun?: boolean
}

export const sealBlob = (sealer: Sealer, id: Id, facts: BlobFacts): Promise<BlobRow['box']> =>
  shareJson(sealer, boundTo('blob', id), facts)

export const openBlob = (sealer: Sealer, row: Pick<BlobRow, 'id' | 'box'>): Promise<BlobFacts> =>
  openJson<BlobFacts>(sealer, boundTo('blob', row.id), row.box)
