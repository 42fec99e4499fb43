import { sql } from 'drizzle-orm'
import type { Database } from '#server/database/database.ts'
import { readTotals, reportUpwards, writeTotals } from '#server/jobs/report-upwards.ts'
import { reportedAt } from '#server/repositories/jobs/rollup-up.ts'
import type { Reports } from './store.ts'

/** Reports of counties by the server's own jobs. @param waited how the world waits for a database at work, in which nothing is left of the world before */
export function embeddedReports(
  database: Database,
  waited: <T>(work: () => Promise<T>) => Promise<T>,
): Reports {
  return {
    read: (county) => waited(() => readTotals(database, county)),
    write: (totals) => waited(() => writeTotals(database, totals)),
    asOf: async (county) =>
      (await waited(() => database.as('jobs', {}, (tx) => reportedAt(tx)))).get(county) ?? 0,
    all: () => waited(() => reportUpwards(database)),
    async differing() {
      const { rows } = await waited(() =>
        database.as('jobs', {}, (tx) =>
          tx.execute<{ county: string; metric: string; above: number; below: number }>(sql`
            WITH above AS (SELECT scope, county, metric, day, n FROM rollup_up WHERE n <> 0),
              below AS (SELECT county, metric, day, sum(n)::bigint AS n FROM rollup GROUP BY county, metric, day HAVING sum(n) <> 0)
            SELECT coalesce(a.county, b.county) AS county, coalesce(a.metric, b.metric) AS metric,
              coalesce(a.n, 0)::bigint AS above, coalesce(b.n, 0)::bigint AS below
            FROM (SELECT * FROM above WHERE length(scope) = 2) a FULL JOIN below b USING (county, metric, day)
            WHERE coalesce(a.n, 0) <> coalesce(b.n, 0) LIMIT 1`),
        ),
      )
      const one = rows[0]
      return one ? `${one.metric} of ${one.county}: ${one.above} against ${one.below}` : null
    },
  }
}
