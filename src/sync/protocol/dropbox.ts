import * as v from 'valibot'
import { ATTACHMENT_LIMITS } from '#domain/attachment/limits.ts'
import { IdSchema } from '#domain/id.ts'
import { CountySchema } from '#domain/region/code.ts'
import { LIMITS } from './wire.ts'

/** Largest request: one piece of a file and its wraps, in base64; or ops of as many bytes. */
export const DROPBOX_BYTES = 2 * 1024 * 1024
/** What one phone may hand in through the drop-box within a day, bytes of requests. */
export const DROPBOX_DAY = 50 * 1024 * 1024

const Count = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(Number.MAX_SAFE_INTEGER))
const Number0 = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER))
const Box = v.pipe(v.string(), v.maxLength(DROPBOX_BYTES), v.regex(/^[A-Za-z0-9_-]+$/))

/** A sealed op: its number and random id in clear, as the phone keeps them, and, if it was made under an earlier number, which. */
export const SealedOpSchema = v.object({
  n: Count,
  i: IdSchema,
  as: v.optional(v.tuple([Count, Count])),
  box: Box,
})
export type SealedOp = v.InferOutput<typeof SealedOpSchema>

/** A piece of a sealed file, the `at`-th; `facts` is the sealed word about the whole. */
export const SealedPieceSchema = v.object({
  county: CountySchema,
  id: IdSchema,
  size: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(ATTACHMENT_LIMITS.bytes)),
  facts: Box,
  at: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1000)),
  box: Box,
})
export type SealedPiece = v.InferOutput<typeof SealedPieceSchema>

/** Without ops and piece it only asks how the phone stands. */
export const DropboxRequestSchema = v.object({
  app: v.pipe(v.string(), v.maxLength(40)),
  /** Device clock when sending, epoch ms. */
  t: v.number(),
  /** What still waits here: records, refused ops, files. */
  stat: v.object({ recs: Number0, dead: Number0, blobs: Number0 }),
  ops: v.pipe(v.array(SealedOpSchema), v.maxLength(LIMITS.batchOps)),
  piece: v.optional(SealedPieceSchema),
})
export type DropboxRequest = v.InferOutput<typeof DropboxRequestSchema>

/**
 * What the drop-box says: which ops it has and will never lose (nothing of what became of them), how far the file of the piece has got,
 * and how the phone stands. Nothing of anybody.
 */
export const DropboxAnswerSchema = v.looseObject({
  received: v.array(IdSchema),
  /** Bytes of the file that are here; null: the file cannot go this way now. Absent: no piece was offered. */
  at: v.optional(v.nullable(v.number())),
  /** false: the phone was shut out. It gives, and takes nothing any more. */
  good: v.boolean(),
  epoch: v.string(),
  /** Server time, epoch ms. */
  now: v.number(),
  /** Name of the key to seal for, in hexadecimal digits: another than the phone knows is fetched with its next session. */
  key: v.string(),
  directives: v.optional(v.array(v.unknown())),
})
export type DropboxAnswer = v.InferOutput<typeof DropboxAnswerSchema>

/** What a phone needs to hand in while it is locked: given at the sign-in, and to whoever is signed in. */
export const DoorSchema = v.looseObject({
  /** The server's public key: an uncompressed point of P-256, base64url. */
  key: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{87}$/)),
  /** Opens the drop-box of this installation for handing in, and nothing else. */
  token: v.pipe(v.string(), v.maxLength(200)),
  /** HMAC-SHA-256 over `doorText` under the word the phone showed, or under this one when it showed none; base64url. */
  mac: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/)),
})
export type Door = v.InferOutput<typeof DoorSchema>

/** What a door is vouched for by: another key than the one a phone has is taken only from who gave it the first. */
export const doorText = (key: string): string => `mingbai drop-box key v1\n${key}`
