import * as v from 'valibot'
import { AttachmentSchema, Sha256Schema, type Attachment } from '#domain/attachment/attachment.ts'
import { uploadId } from '#domain/attachment/upload-id.ts'
import { ATTACHMENT_LIMITS } from '#domain/attachment/limits.ts'
import type { Rights } from '#domain/access/grant.ts'
import { IdSchema, type Id } from '#domain/id.ts'
import { CountySchema, type County } from '#domain/region/code.ts'
import { accept, refuse, type Result } from '#domain/result.ts'
import { dayOf } from '#domain/time/day.ts'
import { readAs, readSettings } from '../../database/read-settings.ts'
import { noteAwaited, seenAttachment } from '../../repositories/attachments/awaited.ts'
import { awaitIn, bytesSince, uploadOf, type UploadRow } from '../../repositories/attachments/uploads.ts'
import { finish, forgetUpload, type FinishDeps } from './finish.ts'
import { UPLOAD_LIMITS } from './limits.ts'
import { say } from './settle.ts'

/** What a phone says of a file that it wants to hand in. */
export const AskedSchema = v.object({
  county: CountySchema,
  attachment: IdSchema,
  sha256: Sha256Schema,
  size: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(ATTACHMENT_LIMITS.bytes)),
})
export type Asked = v.InferOutput<typeof AskedSchema>

export interface Uploader {
  person: Id
  device: number
  rights: Rights
  provisional: boolean
}

/** An upload that may go on from `at`; with `at` equal to the size nothing is missing any more. */
export interface Begun {
  id: string
  at: number
  mime: string
  /** Whether the tus part has still to make it. */
  fresh: boolean
}

/** Rights as a phone has them: an unconfirmed one sees only what its person recorded. */
export const rightsOf = (who: Pick<Uploader, 'rights' | 'provisional'>): Rights =>
  who.provisional ? { ...who.rights, grants: [], records: [] } : who.rights

/** The attachment's record, if the caller may see it whole; not there and not yours are one answer. */
export async function seenWhole(
  deps: FinishDeps,
  who: Uploader,
  county: County,
  id: Id,
): Promise<Attachment | null> {
  const settings = readSettings(rightsOf(who), dayOf(deps.clock()))
  const seen = await readAs(deps.database, settings, (tx) => seenAttachment(tx, county, id))
  return seen && v.is(AttachmentSchema, seen.body) ? seen.body : null
}

/** Notes who waits for it, and gives back what is already here of this content from this phone. */
async function note(
  deps: FinishDeps,
  who: Uploader,
  asked: Asked,
  body: Attachment,
): Promise<UploadRow | 'too-much' | null> {
  const { database, clock } = deps
  const id = uploadId(asked.sha256, who.device)
  const settings = { county: asked.county, device: String(who.device) }
  return database.as('sync', settings, async (tx) => {
    const row = await uploadOf(tx, id)
    const since = new Date(clock() - 86_400_000)
    if (!row && (await bytesSince(tx, who.device, since)) + asked.size > UPLOAD_LIMITS.bytesPerDay)
      return 'too-much'
    if (body.state !== 'stored')
      await noteAwaited(tx, {
        county: asked.county,
        id: asked.attachment,
        kind: body.of[0],
        record: body.of[1],
        sha256: asked.sha256,
        size: asked.size,
        mime: body.mime,
        device: who.device,
      })
    await awaitIn(tx, id, asked.county)
    return row
  })
}

/**
 * Begins an upload, or finds how far the same content has got from this phone. The record must be there and visible whole, and say the
 * same of the content: what nobody declared is not taken.
 */
export async function begin(
  deps: FinishDeps,
  who: Uploader,
  asked: Asked,
): Promise<Result<Begun, 'not-there' | 'other-content' | 'too-much' | 'wrong-type'>> {
  const body = await seenWhole(deps, who, asked.county, asked.attachment)
  if (!body) return refuse('not-there')
  if (body.sha256 !== asked.sha256 || body.size !== asked.size) return refuse('other-content')
  const id = uploadId(asked.sha256, who.device)
  const isHere = await deps.files.has(asked.sha256, asked.size)
  if (body.state === 'stored') {
    if (isHere) return accept({ id, at: asked.size, mime: body.mime, fresh: false })
    // The record says more than there is (a copy restored without its files): put right before anything else.
    const of = { county: asked.county, ids: [asked.attachment], sha256: asked.sha256, device: who.device }
    await say(deps, 'awaited', of)
    body.state = 'awaited'
  }
  const row = await note(deps, who, asked, body)
  if (row === 'too-much') return refuse('too-much')
  if (row?.state === 'stored' && !isHere) {
    await forgetUpload(deps, id)
    return accept({ id, at: 0, mime: body.mime, fresh: true })
  }
  if (!row) return accept({ id, at: 0, mime: body.mime, fresh: true })
  if (row.at < row.size) return accept({ id, at: row.at, mime: body.mime, fresh: false })
  const done = await finish(deps, id)
  if (done === 'wrong-type') return refuse('wrong-type')
  if (done === 'stored') return accept({ id, at: row.size, mime: body.mime, fresh: false })
  return accept({ id, at: 0, mime: body.mime, fresh: true })
}

/** Notes on a fresh upload that records of this county wait for it. */
export const waitFor = (deps: FinishDeps, device: number, id: string, county: County): Promise<void> =>
  deps.database.as('sync', { device: String(device) }, (tx) => awaitIn(tx, id, county))
