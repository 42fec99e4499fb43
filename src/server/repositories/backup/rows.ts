import { sql, type SQL } from 'drizzle-orm'
import type { Tx } from '../../database/database.ts'
import { sqlStateOf } from '../../database/failures.ts'
import type { TableShape } from './tables.ts'

const AT_A_TIME = 1000

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
/** With its schema: a table called like a type (`record`) would be taken for the type. */
const table = (name: string): string => `public.${quoted(name)}`
const list = (names: readonly string[]): string => names.map(quoted).join(', ')

/** The same text for the same row whoever asks: zone and formats are part of what is compared. */
export async function fixFormats(tx: Tx): Promise<void> {
  await tx.execute(
    sql`SELECT set_config('timezone', 'UTC', true), set_config('datestyle', 'ISO', true), set_config('intervalstyle', 'postgres', true),
               set_config('extra_float_digits', '1', true), set_config('bytea_output', 'hex', true)`,
  )
}

/** All rows of a table as JSON, one text each, in the order of its key, a thousand at a time. */
export async function* linesOf(tx: Tx, of: TableShape): AsyncGenerator<string[]> {
  const shown = `(SELECT ${list(of.columns)} FROM ${table(of.name)} ORDER BY ${list(of.key)}) t`
  await tx.execute(
    sql.raw(`DECLARE mb_lines NO SCROLL CURSOR FOR SELECT to_jsonb(t)::text AS line FROM ${shown}`),
  )
  for (;;) {
    const { rows } = await tx.execute<{ line: string }>(sql.raw(`FETCH ${AT_A_TIME} FROM mb_lines`))
    if (rows.length > 0) yield rows.map((one) => one.line)
    if (rows.length < AT_A_TIME) break
  }
  await tx.execute(sql`CLOSE mb_lines`)
}

/** Puts rows back as they were written out. Columns that a later build added take their default. */
export async function putLines(
  tx: Tx,
  name: string,
  columns: readonly string[],
  lines: readonly string[],
): Promise<void> {
  await put(tx, name, columns, lines, sql``)
}

/** The same for where chains of the log end: whichever knows of more entries is right. */
export async function putHeads(
  tx: Tx,
  name: string,
  columns: readonly string[],
  lines: readonly string[],
): Promise<void> {
  const further = sql`ON CONFLICT (chain) DO UPDATE SET place = excluded.place, seq = excluded.seq, hash = excluded.hash
                      WHERE audit_head.place < excluded.place`
  await put(tx, name, columns, lines, further)
}

async function put(
  tx: Tx,
  name: string,
  columns: readonly string[],
  lines: readonly string[],
  unless: SQL,
): Promise<void> {
  if (lines.length === 0) return
  const [into, named] = [sql.raw(table(name)), sql.raw(list(columns))]
  await tx
    .execute(
      sql`INSERT INTO ${into} (${named}) OVERRIDING SYSTEM VALUE
          SELECT ${named} FROM jsonb_populate_recordset(NULL::${into}, ${`[${lines.join(',')}]`}::jsonb) ${unless}`,
    )
    .catch((error: unknown) => {
      // The database's own message holds the rows, and the rows hold people.
      throw new Error(`rows do not go into ${name} (${sqlStateOf(error) ?? 'no state'})`)
    })
}

/** How many numbers are left out after a restore, so that none that the lost history gave is given again. */
const GAP = 1_000_000

/** Sets a counter so that the next number is well beyond what the backup knew, and beyond what was given here. */
export async function setCounter(tx: Tx, sequence: string, last: number): Promise<void> {
  await tx.execute(sql`
    SELECT setval(${sequence}::regclass, greatest(${last + GAP}::bigint, (SELECT last_value FROM ${sql.raw(sequence)})))`)
}

/** Whether anything of somebody's is here already: work, people, or the log of either. */
export async function holdsWork(tx: Tx): Promise<boolean> {
  const { rows } = await tx.execute<{ held: boolean }>(sql`
    SELECT EXISTS (SELECT 1 FROM record) OR EXISTS (SELECT 1 FROM account) OR EXISTS (SELECT 1 FROM op_receipt)
        OR EXISTS (SELECT 1 FROM audit) AS held`)
  return rows[0]?.held ?? true
}

/** The log and where its chains end: nobody may empty them. */
export const LOG_TABLES: readonly string[] = ['audit', 'audit_head']

/** Empties what is there, all or nothing with the transaction it belongs to; the log stays. */
export async function emptyAll(tx: Tx, tables: readonly TableShape[]): Promise<void> {
  const names = tables.map((one) => one.name).filter((name) => !LOG_TABLES.includes(name))
  await tx.execute(sql.raw(`TRUNCATE ${names.map(table).join(', ')}`))
}
