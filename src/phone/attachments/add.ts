import { type NewAttachment } from '#domain/attachment/attachment.ts'
import { ATTACHMENT_LIMITS } from '#domain/attachment/limits.ts'
import { isHarmless } from '#domain/attachment/harmless.ts'
import type { Id } from '#domain/id.ts'
import type { Body } from '#domain/record/kind.ts'
import { refuse, type Result } from '#domain/result.ts'
import type { Edit, Saved } from '../api.ts'
import { keyOf, type BlobRow, type ChunkRow } from '../database/rows.ts'
import { newId, type Context } from '../notebook/context.ts'
import { saveEdits } from '../notebook/save.ts'
import type { KeptFiles } from '../notebook/write-plan.ts'
import type { Parent, Taken, TakeRefusal } from './api.ts'
import { sealBlob, type BlobState } from './blob-box.ts'
import { hashOf } from './hash.ts'
import { sealPieces } from './pieces.ts'

interface Made {
  edit: Edit
  blob: BlobRow
  chunks: ChunkRow[]
}

/** One file with its record. Every file has an id of its own, whatever it is called and whatever is in it (L-6). */
async function make(ctx: Context, parent: Parent, taken: Taken): Promise<Made> {
  const id: Id = newId(ctx.ports)
  const sha256 = await hashOf(ctx.ports.crypto, taken.bytes)
  const args: NewAttachment = {
    of: [parent.kind, parent.id],
    sha256,
    size: taken.bytes.length,
    mime: taken.mime,
    name: taken.name,
    thumb: taken.thumb,
    takenOn: taken.takenOn,
    caption: taken.caption,
    seconds: taken.seconds,
    flags: [...parent.flags],
  }
  const state: BlobState = 'waiting'
  return {
    edit: {
      op: 'attachment.add',
      kind: 'attachment',
      id,
      region: parent.region,
      args: args as unknown as Body,
    },
    blob: {
      id,
      key: keyOf('attachment', id),
      state,
      size: taken.bytes.length,
      box: await sealBlob(ctx.sealer, id, { sha256, doneAt: null }),
    },
    chunks: await sealPieces(ctx.sealer, id, taken.bytes),
  }
}

const fits = (one: Taken): TakeRefusal | null => {
  if (one.bytes.length > ATTACHMENT_LIMITS.bytes) return 'too-large'
  return isHarmless(one.mime, one.bytes) ? null : 'wrong-file'
}

/** Keeps files of one record with their ops in one strict transaction: all are there, or none is. */
export async function addFiles(
  ctx: Context,
  parent: Parent,
  files: readonly Taken[],
): Promise<Result<Saved, TakeRefusal>> {
  const refusal = files.map(fits).find((one) => one !== null)
  if (refusal) return refuse(refusal)
  const made: Made[] = []
  for (const one of files) made.push(await make(ctx, parent, one))
  const kept: KeptFiles = { blobs: made.map((one) => one.blob), chunks: made.flatMap((one) => one.chunks) }
  return saveEdits(
    ctx,
    made.map((one) => one.edit),
    { files: kept },
  )
}
