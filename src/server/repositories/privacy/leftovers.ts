import { sql } from 'drizzle-orm'
import type { Tx } from '../../database/database.ts'

/** Notes the contents of erased attachments for removal, and forgets that anybody awaited them. @returns how many attachments */
export async function leaveContents(tx: Tx, at: Date): Promise<number> {
  const { rows } = await tx.execute<{ sha256: string }>(sql`
    DELETE FROM attachment a USING erasure e WHERE e.kind = 'attachment' AND e.id = a.id RETURNING encode(a.sha256, 'hex') AS sha256`)
  await tx.execute(sql`
    INSERT INTO erased_content (sha256, at)
    SELECT DISTINCT decode(value, 'hex'), ${at.toISOString()}::timestamptz
    FROM jsonb_array_elements_text(${JSON.stringify(rows.map((one) => one.sha256))}::jsonb) ON CONFLICT (sha256) DO NOTHING`)
  return rows.length
}

/** Contents that are to be removed; until the transaction ends nobody begins to need one. */
export async function takeLeftContents(
  tx: Tx,
  most: number,
): Promise<{ sha256: string; needed: boolean; uploads: string[] }[]> {
  await tx.execute(sql`SELECT mb_lock_contents()`)
  const { rows } = await tx.execute<{ sha256: string; needed: boolean; uploads: string[] }>(sql`
    SELECT encode(c.sha256, 'hex') AS sha256, EXISTS (SELECT 1 FROM attachment a WHERE a.sha256 = c.sha256) AS needed,
      (SELECT coalesce(json_agg(u.id), '[]') FROM upload u WHERE left(u.id, 64) = encode(c.sha256, 'hex')) AS uploads
    FROM erased_content c ORDER BY c.sha256 LIMIT ${most}`)
  return rows
}

/** These contents are gone, or needed by others after all. `uploads`: of those that are gone. */
export async function doneWithContents(
  tx: Tx,
  contents: readonly string[],
  uploads: readonly string[],
): Promise<void> {
  await tx.execute(sql`
    DELETE FROM upload WHERE id IN (SELECT jsonb_array_elements_text(${JSON.stringify(uploads)}::jsonb))`)
  await tx.execute(sql`
    DELETE FROM upload_lease WHERE id IN (SELECT jsonb_array_elements_text(${JSON.stringify(uploads)}::jsonb))`)
  await tx.execute(sql`
    DELETE FROM erased_content
    WHERE sha256 IN (SELECT decode(value, 'hex') FROM jsonb_array_elements_text(${JSON.stringify(contents)}::jsonb))`)
}

/**
 * Takes away sessions, invitations, cards, set-up codes, login limits, feedback and requests out of turn that nobody has used or that ended before a moment.
 * In a transaction of the accounts. @param before epoch ms @returns how many
 */
export async function forgetEntries(tx: Tx, before: number): Promise<number> {
  let n = 0
  for (const one of [
    sql`DELETE FROM session WHERE greatest(used_at, ended_at, 0) < ${before} RETURNING 1`,
    sql`DELETE FROM invitation WHERE expires_at < ${before} RETURNING 1`,
    sql`DELETE FROM card WHERE expires_at < ${before} RETURNING 1`,
    sql`DELETE FROM desk_setup WHERE expires_at < ${before} RETURNING 1`,
    sql`DELETE FROM login_guard WHERE last_at < ${before} RETURNING 1`,
    sql`DELETE FROM feedback WHERE at < ${before} RETURNING 1`,
    sql`DELETE FROM emergency WHERE until_at < ${before} RETURNING 1`,
  ])
    n += (await tx.execute(one)).rows.length
  return n
}
