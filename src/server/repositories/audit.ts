import { sql } from 'drizzle-orm'
import type { Id } from '#domain/id.ts'
import type { Tx } from '../database/database.ts'

interface AuditRow {
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
async function addAudit(tx: Tx, rows: readonly AuditRow[], at: Date): Promise<void> {
  if (rows.length === 0) return
  await tx.execute(sql`
    INSERT INTO audit (at, actor, device, role, action, object_kind, object_id, region, outcome, request_id, reason)
    SELECT ${at.toISOString()}::timestamptz, r.actor, r.device, r.role, r.action, r."objectKind", r."objectId", r.region, r.outcome,
           r."requestId", r.reason
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(actor uuid, device bigint, role text, action text, "objectKind" text,
         "objectId" text, region text, outcome text, "requestId" text, reason text)`)
}

/** Something worth remembering about who saw or did what: ids and codes only; never a name, a number or a word somebody typed. */
export interface AuditEvent {
  actor: Id | null
  device?: number | null
  /** As what the actor acted: a role, or `phone` for what a phone fetches by itself. */
  role: string
  action: string
  object?: { kind: string; id: string }
  region?: string
  outcome?: 'ok' | 'refused'
  requestId?: string
  reason?: string
}

/**
 * Adds events to the log, in the transaction of what they tell of: when the row cannot be written, the read does not happen either
 * (TR-51). Every read of a record by somebody who did not record it is one.
 */
export async function record(tx: Tx, at: number, ...events: readonly AuditEvent[]): Promise<void> {
  await addAudit(
    tx,
    events.map((one) => ({
      actor: one.actor,
      device: one.device ?? null,
      role: one.role,
      action: one.action,
      objectKind: one.object?.kind ?? '',
      objectId: one.object?.id ?? '',
      region: one.region ?? '',
      outcome: one.outcome ?? 'ok',
      requestId: one.requestId ?? '',
      reason: one.reason ?? '',
    })),
    new Date(at),
  )
}
