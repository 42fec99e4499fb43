import { sql } from 'drizzle-orm'
import type { Tx } from '../../database/database.ts'

/** A table as a backup sees it. */
export interface TableShape {
  name: string
  /** Columns that hold something of their own, in the table's order. */
  columns: string[]
  /** Columns of the primary key: the order of the rows in a backup. */
  key: string[]
  /** Tables that rows of this one point at. */
  needs: string[]
  /** Its counter, when it numbers its rows itself. */
  counter: { column: string; sequence: string } | null
  /** Whether the working role sees every row. */
  open: boolean
}

/** What is no work: the note of which migrations ran, which a database makes for itself. */
const OWN = 'mb_migration'

const ASK = sql`
  SELECT c.relname AS name,
    (SELECT json_agg(a.attname ORDER BY a.attnum) FROM pg_attribute a
     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns,
    (SELECT json_agg(a.attname ORDER BY k.at) FROM pg_index i, unnest(i.indkey) WITH ORDINALITY k(num, at), pg_attribute a
     WHERE i.indrelid = c.oid AND i.indisprimary AND a.attrelid = c.oid AND a.attnum = k.num) AS key,
    (SELECT coalesce(json_agg(DISTINCT f.relname), '[]') FROM pg_constraint r JOIN pg_class f ON f.oid = r.confrelid
     WHERE r.conrelid = c.oid AND r.contype = 'f' AND r.confrelid <> c.oid) AS needs,
    (SELECT json_build_object('column', a.attname, 'sequence', pg_get_serial_sequence(c.oid::regclass::text, a.attname))
     FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attidentity <> '') AS counter,
    EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polpermissive AND p.polcmd IN ('r', '*')
            AND pg_get_expr(p.polqual, p.polrelid) = 'true' AND current_user::regrole = ANY (p.polroles)) AS open
  FROM pg_class c
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> ${OWN}
  ORDER BY c.relname`

/** In an order in which no row points at one that is not there yet. */
function inOrder(tables: readonly TableShape[]): TableShape[] {
  const done: TableShape[] = []
  const waiting = [...tables]
  while (waiting.length > 0) {
    const at = waiting.findIndex((one) =>
      one.needs.every((need) => done.some((other) => other.name === need)),
    )
    if (at < 0)
      throw new Error('tables that point at each other in a ring cannot be filled one after the other')
    done.push(...waiting.splice(at, 1))
  }
  return done
}

/** Every table that holds work, read from the database itself, so that a new one is never forgotten. */
export async function tablesOf(tx: Tx): Promise<TableShape[]> {
  const { rows } = await tx.execute<TableShape & Record<string, unknown>>(ASK)
  return inOrder(rows)
}

/** Which migrations made this database. */
export async function migrationsIn(tx: Tx): Promise<{ name: string; checksum: string }[]> {
  const { rows } = await tx.execute<{ name: string; checksum: string }>(
    sql`SELECT name, checksum FROM mb_migration ORDER BY name`,
  )
  return rows
}

/** Last number that each counter gave; 0: none yet. */
export async function countersOf(tx: Tx, tables: readonly TableShape[]): Promise<Record<string, number>> {
  const counters: Record<string, number> = {}
  for (const { name, counter } of tables) {
    if (!counter) continue
    const { rows } = await tx.execute<{ last: number }>(
      sql.raw(`SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS last FROM ${counter.sequence}`),
    )
    counters[name] = rows[0]?.last ?? 0
  }
  return counters
}
