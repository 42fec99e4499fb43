import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { beforeAll, expect, it } from 'vitest'
import { RETENTION } from '#domain/privacy/retention.ts'
import type { Database } from '#server/database/database.ts'
import { COLUMN_FOR, COLUMN_SEEN, NOBODYS_TABLES, PEOPLE_TABLES } from '#server/privacy/columns.ts'
import { onBothDatabases } from '#tests/support/databases.ts'
import { ROOT } from '#tests/support/planted-tree.ts'

const named = (table: string): string[] =>
  Object.values(PEOPLE_TABLES[table]?.columns ?? {}).flatMap((list) => list.split(' '))

onBothDatabases('what is kept of people beside the records', (open) => {
  let database: Database

  beforeAll(async () => {
    database = await open()
  })

  it('[TR-49] every table says whether it holds something of people, every column of one what for, who reads it and how long', async () => {
    const { rows } = await database.as('owner', {}, (tx) =>
      tx.execute<{ name: string; columns: string[] }>(sql`
        SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attname) AS columns
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        GROUP BY c.relname ORDER BY c.relname`),
    )
    const listed = [...Object.keys(PEOPLE_TABLES), ...Object.keys(NOBODYS_TABLES)]
    expect(rows.map((one) => one.name)).toEqual(listed.toSorted())
    const held = rows.filter(({ name }) => PEOPLE_TABLES[name] !== undefined)
    expect(Object.fromEntries(held.map(({ name }) => [name, named(name).toSorted()]))).toEqual(
      Object.fromEntries(held.map(({ name, columns }) => [name, columns.toSorted()])),
    )
  })
})

it('[TR-49] the table of the server’s documents is that of the code', () => {
  for (const one of Object.values(PEOPLE_TABLES)) {
    expect(RETENTION).toHaveProperty(one.kept)
    expect(COLUMN_SEEN).toHaveProperty(one.seen)
  }
  const rows = Object.entries(PEOPLE_TABLES).flatMap(([table, { seen, kept, columns }]) =>
    Object.entries(columns).map(
      ([what, list]) =>
        `${table}: ${list} ${COLUMN_FOR[what as keyof typeof COLUMN_FOR].zh} ${COLUMN_SEEN[seen].zh} ${kept}`,
    ),
  )
  const written = readFileSync(join(ROOT, 'src/server/privacy/README.md'), 'utf8')
  const found = written
    .split('\n')
    .filter((line) => /^\| `[a-z_]+: /.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', ''))
        .join(' '),
    )
  expect(found).toEqual(rows)
})
