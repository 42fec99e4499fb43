import { sql } from 'drizzle-orm'
import { contributionsOf } from '#domain/metric/contribution.ts'
import { isWithOffice, laneOf, type Body } from '#domain/record/kind.ts'
import { skeletonOf } from '#domain/record/skeleton.ts'
import { addDays } from '#domain/time/day.ts'
import type { Database } from '#server/database/database.ts'

/** A record as a test plants it; `receivedAt` in epoch ms. */
export interface Planted {
  id: string
  kind: string
  region: string
  body: Body
  receivedAt?: number
  recorder?: string
}

const nextDay = (day: string) => addDays(day, 1)

/** Regions of an invented county, in administrative order: `[code, name]`. */
export async function plantRegions(
  database: Database,
  regions: readonly (readonly [string, string])[],
): Promise<void> {
  await database.as('owner', {}, async (tx) => {
    for (const [i, [code, name]] of regions.entries())
      await tx.execute(
        sql`INSERT INTO region (code, name, short, ord) VALUES (${code}, ${name}, ${name}, ${i})`,
      )
  })
}

/** Puts records and their share in the numbers where a push would have put them. */
export async function plant(database: Database, records: readonly Planted[]): Promise<void> {
  await database.as('owner', {}, async (tx) => {
    let seq =
      records.length === 0
        ? 0
        : ((await tx.execute<{ n: number }>(sql`SELECT coalesce(max(seq), 0)::int AS n FROM record`)).rows[0]
            ?.n ?? 0)
    for (const one of records) {
      const county = one.region.slice(0, 6)
      seq++
      await tx.execute(sql`
        INSERT INTO record (county, kind, id, region, lane, recorder, office, rv, seq, body, skeleton, h, received_at)
        VALUES (${county}, ${one.kind}, ${one.id}, ${one.region}, ${laneOf(one.kind, one.body)}, ${one.recorder ?? null},
          ${isWithOffice(one.kind, one.body)}, 1, ${seq}, ${JSON.stringify(one.body)}::jsonb,
          ${JSON.stringify(skeletonOf(one.kind, one.body))}::jsonb, 0, ${new Date(one.receivedAt ?? 1_793_577_600_000 + seq).toISOString()})`)
      for (const { metric, day, n } of contributionsOf(one.kind, one.body, nextDay))
        await tx.execute(sql`
          INSERT INTO rollup (county, region, metric, day, n) VALUES (${county}, ${one.region}, ${metric}, ${day}, ${n})
          ON CONFLICT (county, region, metric, day) DO UPDATE SET n = rollup.n + excluded.n`)
      await tx.execute(sql`
        INSERT INTO sync_stream (county, head) VALUES (${county}, ${seq})
        ON CONFLICT (county) DO UPDATE SET head = excluded.head`)
    }
  })
}

/** Takes everything out again, regions too. */
export async function clear(database: Database): Promise<void> {
  await database.as('owner', {}, async (tx) => {
    for (const table of ['record', 'rollup', 'sync_stream', 'region', 'device', 'account', 'person'])
      await tx.execute(sql.raw(`DELETE FROM ${table}`))
  })
}
