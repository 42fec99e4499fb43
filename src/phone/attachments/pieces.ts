import { ATTACHMENT_LIMITS } from '#domain/attachment/limits.ts'
import type { Id } from '#domain/id.ts'
import type { BlobRow, Bytes, ChunkRow } from '../database/rows.ts'
import type { VaultTables } from '../database/tables.ts'
import { boundTo, type Sealer } from '../seal/box.ts'

const PIECE = ATTACHMENT_LIMITS.keptPiece

/** A piece is bound to its file and place, so that none can be exchanged or moved. */
const wordsOf = (blob: Id, at: number): string => boundTo('chunk', `${blob}/${at}`)

/** Seals a file piece by piece, for the server too. */
export function sealPieces(sealer: Sealer, blob: Id, bytes: Bytes): Promise<ChunkRow[]> {
  const count = Math.ceil(bytes.length / PIECE)
  return Promise.all(
    Array.from({ length: count }, async (_, at): Promise<ChunkRow> => ({
      blob,
      at,
      box: await (sealer.share ?? sealer.seal)(wordsOf(blob, at), bytes.slice(at * PIECE, (at + 1) * PIECE)),
    })),
  )
}

/** Keys of all pieces of a file. */
export const pieceKeys = (of: Pick<BlobRow, 'id' | 'size'>): [Id, number][] =>
  Array.from({ length: Math.ceil(of.size / PIECE) }, (_, at) => [of.id, at])

/**
 * Opens part of a file.
 * @returns null when a piece of it is not there, or does not open
 */
export async function openBytes(
  from: { tables: VaultTables; sealer: Sealer },
  blob: Id,
  start: number,
  end: number,
): Promise<Bytes | null> {
  const range = { from: [blob, Math.floor(start / PIECE)], to: [blob, Math.floor((end - 1) / PIECE)] } as {
    from: [Id, number]
    to: [Id, number]
  }
  const rows = await from.tables.read(['chunk'], ({ chunk }) => chunk.all(range))
  const out = new Uint8Array(end - start)
  let filled = 0
  for (const row of rows) {
    const piece = await from.sealer.open(wordsOf(blob, row.at), row.box).catch(() => null)
    if (!piece) return null
    const first = row.at * PIECE
    const part = piece.subarray(Math.max(0, start - first), Math.max(0, end - first))
    out.set(part, Math.max(0, first - start))
    filled += part.length
  }
  return filled === out.length ? out : null
}
