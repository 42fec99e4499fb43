import { sql } from 'drizzle-orm'
import type { Tx } from '../../database/database.ts'

/** What a phone says of itself in every request. */
export interface DeviceNews {
  app: string
  /** Records of which something waits. */
  out: number
  oldest: number
  dead: number
  blobs: number
  /** How far its clock is off: server − phone, ms. */
  clockOff: number
  /** Whether nothing else waits there once this request is answered. */
  drained: boolean
}

/**
 * Locks the device's row: two requests of one phone are decided one after the other.
 * @returns the last answer given when nothing else waited on it (epoch ms, 0: none); null when there is no such device
 */
export async function lockDevice(tx: Tx, device: number): Promise<{ lastAnswerAt: number } | null> {
  const { rows } = await tx.execute<{ at: number }>(
    sql`SELECT coalesce(extract(epoch FROM last_answer_at) * 1000, 0)::bigint AS at FROM device WHERE id = ${device} FOR UPDATE`,
  )
  return rows[0] ? { lastAnswerAt: rows[0].at } : null
}

/**
 * Notes the request. It is a write even when a push brought nothing new, so that the commit that acknowledges a replay waits for the
 * standby like any other.
 */
export async function noteDevice(tx: Tx, device: number, news: DeviceNews, at: Date): Promise<void> {
  const now = at.toISOString()
  await tx.execute(sql`
    UPDATE device SET app = ${news.app}, out = ${news.out}, oldest = ${news.oldest}, dead = ${news.dead}, blobs = ${news.blobs},
      clock_off = ${news.clockOff}, last_seen = ${now}::timestamptz,
      last_answer_at = CASE WHEN ${news.drained}::boolean THEN ${now}::timestamptz ELSE last_answer_at END
    WHERE id = ${device}`)
}
