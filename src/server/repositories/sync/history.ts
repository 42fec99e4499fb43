import { sql } from 'drizzle-orm'
import type { County } from '#domain/region/code.ts'
import type { Tx } from '../../database/database.ts'
import type { History, Promised, ToldOp } from './tables.ts'

/** See `PushTables.history`. */
export async function historyOf(
  tx: Tx,
  counties: readonly County[],
  told: readonly ToldOp[] = [],
): Promise<History> {
  const { rows } = await tx.execute<{
    epoch: string
    gen: number
    safe: number
    heads: Record<string, number>
    decided: ToldOp[]
  }>(sql`
    SELECT epoch, gen, coalesce(extract(epoch FROM ring_safe_before) * 1000, 0)::bigint AS safe,
      (SELECT coalesce(json_object_agg(county, head), '{}') FROM sync_stream
       WHERE county IN (SELECT jsonb_array_elements_text(${JSON.stringify(counties)}::jsonb))) AS heads,
      (SELECT coalesce(json_agg(t), '[]') FROM jsonb_to_recordset(${JSON.stringify(told)}::jsonb)
         AS t(county text, device bigint, n bigint, hash text) WHERE mb_is_decided(t.county, t.device, t.n, t.hash)) AS decided
    FROM sync_meta`)
  const [row] = rows
  if (!row) throw new Error('this database has no history yet')
  const heads = new Map(counties.map((one) => [one, row.heads[one] ?? 0]))
  return { epoch: row.epoch, gen: row.gen, ringSafe: row.safe, heads, decided: row.decided }
}

/** See `SyncDatabase.beginHistory`. */
export async function beginHistory(tx: Tx, { epoch, gen, heads, acked, told }: Promised): Promise<void> {
  const list = JSON.stringify([...heads].map(([county, head]) => ({ county, head })))
  await tx.execute(sql`
    SELECT mb_begin_history(${epoch}, ${gen}::integer, array_agg(r.county), array_agg(r.head), ${acked?.device ?? 0}::bigint,
      ${acked?.n ?? 0}::bigint, ${JSON.stringify(told)}::jsonb)
    FROM jsonb_to_recordset(${list}::jsonb) AS r(county text, head bigint)`)
}
