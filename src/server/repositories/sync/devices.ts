import { sql } from 'drizzle-orm'
import type { Tx } from '../../database/database.ts'
import type { DeviceFacts, DeviceNote } from './tables.ts'

const factsOf = async (tx: Tx, devices: readonly number[]): Promise<Map<number, DeviceFacts>> => {
  if (devices.length === 0) return new Map()
  const { rows } = await tx.execute<{
    device: number
    person: string
    at: number
    packed: number
    acked: number
  }>(sql`
    SELECT device, person, coalesce(extract(epoch FROM last_answer_at) * 1000, 0)::bigint AS at, packed_to AS packed, acked_n AS acked
    FROM mb_devices_of(ARRAY(SELECT value::bigint FROM jsonb_array_elements_text(${JSON.stringify(devices)}::jsonb)))`)
  return new Map(
    rows.map(({ device, person, at, packed, acked }) => [
      device,
      { person, lastAnswerAt: at, packedTo: packed, ackedN: acked },
    ]),
  )
}

/**
 * Waits for a history that is being begun, and keeps one from beginning while this transaction writes: what a later statement reads of
 * the history stays true until the commit.
 */
export async function holdHistory(tx: Tx): Promise<void> {
  await tx.execute(sql`SELECT pg_advisory_xact_lock_shared(7710, 1)`)
}

/** See `PushTables.lockDevices`; holds the history in the same statement. */
export async function lockDevices(tx: Tx, devices: readonly number[]): Promise<Map<number, DeviceFacts>> {
  await tx.execute(sql`
    SELECT pg_advisory_xact_lock_shared(7710, 1) FROM (SELECT 1) AS gate LEFT JOIN LATERAL (
      SELECT id FROM device WHERE id IN (SELECT value::bigint FROM jsonb_array_elements_text(${JSON.stringify(devices)}::jsonb))
      ORDER BY id FOR UPDATE) AS held ON true`)
  return factsOf(tx, devices)
}

/** See `PushTables.devicesOf`. */
export const devicesOf = factsOf

/** More than any phone can hold: one that says so is broken or lies, and shall not spoil the sum of all others at the desk. */
const MOST_HELD = 1_000_000
const believed = (held: number | undefined) => (held === undefined ? held : Math.min(held, MOST_HELD))

/** See `PushTables.noteDevices`. */
export async function noteDevices(tx: Tx, rows: readonly DeviceNote[], at: Date): Promise<void> {
  if (rows.length === 0) return
  const now = at.toISOString()
  const list = JSON.stringify(
    rows.map(({ device, news, acked }) => ({
      device,
      ...news,
      out: believed(news?.out),
      dead: believed(news?.dead),
      blobs: believed(news?.blobs),
      acked,
    })),
  )
  await tx.execute(sql`
    UPDATE device t SET app = coalesce(r.app, t.app), out = coalesce(r.out, t.out), oldest = coalesce(r.oldest, t.oldest),
      dead = coalesce(r.dead, t.dead), blobs = coalesce(r.blobs, t.blobs), clock_off = coalesce(r."clockOff", t.clock_off),
      last_seen = CASE WHEN r.app IS NULL THEN t.last_seen ELSE ${now}::timestamptz END, acked_n = greatest(t.acked_n, r.acked),
      last_answer_at = CASE WHEN r.drained THEN ${now}::timestamptz ELSE t.last_answer_at END
    FROM jsonb_to_recordset(${list}::jsonb) AS r(device bigint, app text, out bigint, oldest bigint, dead bigint, blobs bigint,
         "clockOff" bigint, drained boolean, acked bigint)
    WHERE t.id = r.device`)
}
