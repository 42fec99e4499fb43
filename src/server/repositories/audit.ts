import { sql } from 'drizzle-orm'
import type { Tx } from '../database/database.ts'

export interface AuditRow {
  actor: string | null
  device: number | null
  role: string
  action: string
  objectKind: string
  objectId: string
  region: string
  outcome: 'ok' | 'refused'
  requestId: string
  reason: string
}

/** Adds rows to the log, in the transaction of what they tell of. */
export async function addAudit(tx: Tx, rows: readonly AuditRow[], at: Date): Promise<void> {
  if (rows.length === 0) return
  await tx.execute(sql`
    INSERT INTO audit (at, actor, device, role, action, object_kind, object_id, region, outcome, request_id, reason)
    SELECT ${at.toISOString()}::timestamptz, r.actor, r.device, r.role, r.action, r."objectKind", r."objectId", r.region, r.outcome,
           r."requestId", r.reason
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(actor uuid, device bigint, role text, action text, "objectKind" text,
         "objectId" text, region text, outcome text, "requestId" text, reason text)`)
}
