import { sql } from 'drizzle-orm'
import type { Tx } from '../../database/database.ts'

export interface UploadRow extends Record<string, unknown> {
  id: string
  device: number
  person: string
  mime: string
  size: number
  /** Bytes that are certain. */
  at: number
  /** [token of the writer, bytes], in order. */
  pieces: [token: number, bytes: number][]
  counties: string[]
  state: 'open' | 'stored'
}

/** An upload of the device of this transaction; null when there is none. */
export async function uploadOf(tx: Tx, id: string): Promise<UploadRow | null> {
  const { rows } = await tx.execute<UploadRow>(
    sql`SELECT id, device, person, mime, size, at, pieces, counties, state FROM upload WHERE id = ${id}`,
  )
  return rows[0] ?? null
}

/** Begins an upload; one that is there already stays as it is, with what has come of it. */
export async function beginUpload(
  tx: Tx,
  one: Pick<UploadRow, 'id' | 'device' | 'person' | 'mime' | 'size'>,
  at: Date,
): Promise<void> {
  const now = at.toISOString()
  await tx.execute(sql`
    INSERT INTO upload (id, device, person, mime, size, created_at, touched_at)
    VALUES (${one.id}, ${one.device}, ${one.person}::uuid, ${one.mime}, ${one.size}, ${now}::timestamptz, ${now}::timestamptz)
    ON CONFLICT (id) DO NOTHING`)
}

/** Notes that records of a county wait for this upload. */
export async function awaitIn(tx: Tx, id: string, county: string): Promise<void> {
  await tx.execute(sql`
    UPDATE upload SET counties = counties || to_jsonb(${county}::text)
    WHERE id = ${id} AND NOT counties ? ${county}`)
}

/**
 * Believes a piece: only of the writer that still holds the lease, and only where the bytes before it end.
 * @returns false when the writer was overtaken; what it wrote counts for nothing
 */
export async function addPiece(
  tx: Tx,
  piece: { id: string; token: number; from: number; bytes: number },
  at: Date,
): Promise<boolean> {
  const { rows } = await tx.execute(sql`
    UPDATE upload u SET at = u.at + ${piece.bytes}, touched_at = ${at.toISOString()}::timestamptz,
      pieces = u.pieces || jsonb_build_array(jsonb_build_array(${piece.token}::bigint, ${piece.bytes}::bigint))
    FROM upload_lease l
    WHERE u.id = ${piece.id} AND l.id = u.id AND l.token = ${piece.token} AND u.at = ${piece.from} AND u.state = 'open'
    RETURNING u.id`)
  return rows.length === 1
}

/** All bytes are where they belong. */
export async function markStored(tx: Tx, id: string): Promise<void> {
  await tx.execute(sql`UPDATE upload SET state = 'stored', pieces = '[]' WHERE id = ${id} AND at = size`)
}

export async function removeUpload(tx: Tx, id: string): Promise<void> {
  await tx.execute(sql`DELETE FROM upload WHERE id = ${id}`)
}

/** Bytes that the device of this transaction began to hand in since a moment. */
export async function bytesSince(tx: Tx, device: number, since: Date): Promise<number> {
  const { rows } = await tx.execute<{ bytes: number }>(sql`
    SELECT coalesce(sum(size), 0)::bigint AS bytes FROM upload
    WHERE device = ${device} AND created_at > ${since.toISOString()}::timestamptz`)
  return rows[0]?.bytes ?? 0
}

/** Uploads that nobody has touched since a moment and that never came whole; their rows go. @returns their ids */
export async function takeAbandoned(tx: Tx, before: Date): Promise<string[]> {
  const { rows } = await tx.execute<{ id: string }>(sql`
    DELETE FROM upload WHERE state = 'open' AND touched_at < ${before.toISOString()}::timestamptz RETURNING id`)
  return rows.map((one) => one.id)
}

/** Which of these uploads there are. */
export async function knownUploads(tx: Tx, ids: readonly string[]): Promise<Set<string>> {
  const { rows } = await tx.execute<{ id: string }>(sql`
    SELECT id FROM upload WHERE id IN (SELECT jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))`)
  return new Set(rows.map((one) => one.id))
}
