import { Sha256Schema } from '#domain/attachment/attachment.ts'
import { uploadId } from '#domain/attachment/upload-id.ts'
import { ATTACHMENT_LIMITS } from '#domain/attachment/limits.ts'
import * as v from 'valibot'
import type { SealedPiece } from '#sync/protocol/dropbox.ts'
import type { Dropper } from '../../accounts/dropper.ts'
import { begin, waitFor, type Begun } from '../attachments/begin.ts'
import type { FinishDeps } from '../attachments/finish.ts'
import type { Tus } from '../attachments/tus.ts'
import type { DropboxKeys } from './dropbox-keys.ts'
import { openBox } from './open-box.ts'

export interface PieceDeps {
  files: FinishDeps
  tus: Tus
  keys: DropboxKeys
}

const FactsSchema = v.object({ sha256: Sha256Schema })

function factsOf(keys: DropboxKeys, piece: SealedPiece): string | null {
  const plain = openBox(keys, 'blob', piece.id, Buffer.from(piece.facts, 'base64url'))
  if (typeof plain === 'string') return null
  try {
    return v.parse(FactsSchema, JSON.parse(plain.toString('utf8'))).sha256
  } catch {
    return null
  }
}

/** How far the file has got, begun when it was not; null: it cannot go now. */
async function whereIs(deps: PieceDeps, who: Dropper, piece: SealedPiece, sha256: string) {
  const asked = { county: piece.county, attachment: piece.id, sha256, size: piece.size }
  const begun = await begin(deps.files, who, asked)
  if (!begun.ok) return null
  const { id, mime, fresh }: Begun = begun.value
  if (!fresh) return begun.value.at
  const made = await deps.tus.create({ id, mime, person: who.person, size: piece.size })
  if (made.status >= 400) return null
  await waitFor(deps.files, who.device, id, piece.county)
  return 0
}

/** Appends by the way that every upload takes. @returns how far it has got then; null: not now */
async function append(tus: Tus, id: string, at: number, bytes: Uint8Array): Promise<number | null> {
  const headers = new Headers({
    'tus-resumable': '1.0.0',
    'upload-offset': String(at),
    'content-type': 'application/offset+octet-stream',
    'content-length': String(bytes.length),
  })
  const answer = await tus.pass('PATCH', id, headers, new Blob([new Uint8Array(bytes)]).stream())
  if (answer.status >= 400) return null
  return Number(answer.headers.find(([name]) => name === 'upload-offset')?.[1] ?? at + bytes.length)
}

/**
 * Takes a sealed piece of a file and puts it where the next bytes are missing; one that is not the next changes nothing.
 * @returns bytes of it that are here; null: it cannot go this way now, and nothing was changed
 */
export async function takePiece(deps: PieceDeps, who: Dropper, piece: SealedPiece): Promise<number | null> {
  // Of a phone that was shut out it is taken too: only bytes of which an accepted record says the hash, so nobody who holds it can add any.
  const sha256 = factsOf(deps.keys, piece)
  if (sha256 === null) return null
  const at = await whereIs(deps, who, piece, sha256)
  const first = piece.at * ATTACHMENT_LIMITS.keptPiece
  if (at === null || at >= piece.size || at < first || at >= first + ATTACHMENT_LIMITS.keptPiece) return at
  const bytes = openBox(deps.keys, 'chunk', `${piece.id}/${piece.at}`, Buffer.from(piece.box, 'base64url'))
  if (typeof bytes === 'string' || first + bytes.length > piece.size) return null
  return append(deps.tus, uploadId(sha256, who.device), at, bytes.subarray(at - first))
}
