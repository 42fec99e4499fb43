import * as v from 'valibot'
import { DisputeFlagSchema } from '../dispute/dispute.ts'
import { IdSchema } from '../id.ts'
import { DaySchema } from '../time/day.ts'
import { FileTypeSchema } from './file-type.ts'
import { ATTACHMENT_LIMITS } from './limits.ts'

/** Kinds a file may belong to. */
export const ATTACHMENT_PARENTS = ['dispute', 'meeting', 'outreach', 'service', 'screening', 'lead'] as const
export type AttachmentParent = (typeof ATTACHMENT_PARENTS)[number]

/** 64 hexadecimal digits. */
export const Sha256Schema = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))

/** awaited: the record is there, the bytes are still on the phone; stored: the server holds them whole; failed: they will not come. */
export const AttachmentStateSchema = v.picklist(['awaited', 'stored', 'failed'])
export type AttachmentState = v.InferOutput<typeof AttachmentStateSchema>

const MomentSchema = v.pipe(v.number(), v.integer(), v.minValue(0))

/**
 * A picture, a sound or a paper that belongs to a record. The record travels at once and small; the bytes follow when there is room
 * for them. Never required by any step (国办函〔2026〕12号). Only added to: taking it back is `cancelled`.
 */
export const AttachmentSchema = v.looseObject({
  /** The record it belongs to: kind and id. */
  of: v.tuple([v.picklist(ATTACHMENT_PARENTS), IdSchema]),
  /** Of the whole file; with the paper's photograph it is what proves later that this is the same one. */
  sha256: Sha256Schema,
  /** Bytes. */
  size: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(ATTACHMENT_LIMITS.bytes)),
  mime: FileTypeSchema,
  /** What the file was called where it came from; '' for what was taken here. */
  name: v.pipe(v.string(), v.maxLength(120)),
  /** A small JPEG in base64; null: not a picture. */
  thumb: v.nullable(
    v.pipe(v.string(), v.maxLength(ATTACHMENT_LIMITS.thumbText), v.regex(/^[A-Za-z0-9+/]*={0,2}$/)),
  ),
  takenOn: DaySchema,
  caption: v.pipe(v.string(), v.maxLength(200)),
  /** Length of a recording, whole seconds; null: not a recording, or not known. */
  seconds: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(86_400))),
  /** The flags of the dispute it belongs to, so that it stands behind the same closed door; empty for other parents. */
  flags: v.array(DisputeFlagSchema),
  state: AttachmentStateSchema,
  /** Taken back by a person. */
  cancelled: v.boolean(),
  recordedBy: v.nullable(IdSchema),
  enteredAt: MomentSchema,
  receivedAt: v.nullable(MomentSchema),
})
export type Attachment = v.InferOutput<typeof AttachmentSchema>

export const NewAttachmentSchema = v.looseObject(
  v.omit(AttachmentSchema, ['state', 'cancelled', 'recordedBy', 'enteredAt', 'receivedAt']).entries,
)
export type NewAttachment = v.InferOutput<typeof NewAttachmentSchema>

/** What `uploadId` makes. */
export const UploadIdSchema = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}-[0-9]{1,16}$/))
