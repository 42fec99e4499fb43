import type { ReadStream } from 'node:fs'
import * as v from 'valibot'
import { AttachmentSchema, type Attachment } from '#domain/attachment/attachment.ts'
import { endingOf } from '#domain/attachment/file-type.ts'
import type { Id } from '#domain/id.ts'
import type { County } from '#domain/region/code.ts'
import { dayOf } from '#domain/time/day.ts'
import { readAs, readSettings } from '../../database/read-settings.ts'
import { seenAttachment } from '../../repositories/attachments/awaited.ts'
import { record as audit } from '../../repositories/audit.ts'
import { rightsOf, type Uploader } from './begin.ts'
import type { FinishDeps } from './finish.ts'

export type Downloader = Omit<Uploader, 'device'> & { device: number | null; requestId: string }

export interface Download {
  mime: string
  bytes: number
  /** For `content-disposition`: always an attachment, with an ending that fits what it is. */
  disposition: string
  stream: ReadStream
}

/** A name that no path or header can be broken with. */
function dispositionOf(body: Attachment): string {
  const ending = endingOf(body.mime)
  const stem = body.name.replace(/\.[a-z0-9]{1,5}$/i, '').replace(/[\p{C}/\\:*?"<>|]/gu, '') || 'mingbai'
  const encoded = encodeURIComponent(`${stem}.${ending}`).replace(
    /['()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16)}`,
  )
  return `attachment; filename="mingbai.${ending}"; filename*=UTF-8''${encoded}`
}

/**
 * The bytes of an attachment for somebody who may see it whole; the log is written in the transaction that finds it (TR-51).
 * @returns null when it is not there or not theirs; 'elsewhere' when the server does not hold the bytes
 */
export async function download(
  deps: FinishDeps,
  who: Downloader,
  county: County,
  id: Id,
): Promise<Download | 'elsewhere' | null> {
  const now = deps.clock()
  const body = await readAs(deps.database, readSettings(rightsOf(who), dayOf(now)), async (tx) => {
    const seen = await seenAttachment(tx, county, id)
    if (!seen || !v.is(AttachmentSchema, seen.body)) return null
    await audit(tx, now, {
      actor: who.person,
      device: who.device,
      role: who.device === null ? 'desk' : 'phone',
      action: 'download',
      object: { kind: 'attachment', id },
      region: seen.region,
      requestId: who.requestId,
    })
    return seen.body
  })
  if (!body) return null
  if (body.state !== 'stored' || !(await deps.files.has(body.sha256, body.size))) return 'elsewhere'
  return {
    mime: body.mime,
    bytes: body.size,
    disposition: dispositionOf(body),
    stream: deps.files.read(body.sha256),
  }
}
