import { sql } from 'drizzle-orm'
import type { ReadTx, Tx } from '../../database/database.ts'

/** Which record waits for which bytes. */
export interface AwaitedRow {
  county: string
  id: string
  kind: string
  record: string
  sha256: string
  size: number
  mime: string
  device: number
}

/** Notes that a record waits for bytes of a device; of an earlier note of the same record the newest stands. */
export async function noteAwaited(tx: Tx, one: AwaitedRow): Promise<void> {
  await tx.execute(sql`
    INSERT INTO attachment (county, id, kind, record, sha256, size, mime, device, state)
    VALUES (${one.county}, ${one.id}::uuid, ${one.kind}, ${one.record}::uuid, decode(${one.sha256}, 'hex'), ${one.size}, ${one.mime},
      ${one.device}, 'awaited')
    ON CONFLICT (county, id) DO UPDATE SET device = excluded.device, state = 'awaited', stored_at = NULL`)
}

/** Records of a county that wait for this content from this device. */
export async function awaiting(tx: Tx, county: string, sha256: string, device: number): Promise<string[]> {
  const { rows } = await tx.execute<{ id: string }>(sql`
    SELECT id FROM attachment WHERE county = ${county} AND sha256 = decode(${sha256}, 'hex') AND device = ${device} AND state = 'awaited'`)
  return rows.map((one) => one.id)
}

/** What became of the bytes that records wait for. */
export async function noteState(
  tx: Tx,
  county: string,
  ids: readonly string[],
  state: 'awaited' | 'stored' | 'failed',
  at: Date,
): Promise<void> {
  await tx.execute(sql`
    UPDATE attachment SET state = ${state}, stored_at = CASE WHEN ${state} = 'stored' THEN ${at.toISOString()}::timestamptz END
    WHERE county = ${county} AND id IN (SELECT value::uuid FROM jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))`)
}

/** Every content that some record says is stored, with those records. Reads the whole table: for checking a copy, not for serving. */
export async function storedContents(
  tx: Tx,
): Promise<{ sha256: string; size: number; county: string; id: string }[]> {
  const { rows } = await tx.execute<{ sha256: string; size: number; county: string; id: string }>(sql`
    SELECT encode(sha256, 'hex') AS sha256, size, county, id FROM attachment WHERE state = 'stored' ORDER BY sha256`)
  return rows
}

/** One attachment as the caller of this transaction may see it; null: not there, or not to be seen whole. */
export async function seenAttachment(
  tx: ReadTx,
  county: string,
  id: string,
): Promise<{ body: Record<string, unknown>; recorder: string | null; region: string } | null> {
  const { rows } = await tx.execute<{
    body: Record<string, unknown>
    recorder: string | null
    region: string
  }>(sql`
    SELECT body, recorder, region FROM record_seen
    WHERE county = ${county} AND kind = 'attachment' AND id = ${id}::uuid AND view = 'full' AND NOT deleted`)
  return rows[0] ?? null
}
