import { getTableColumns, getTableName, is, sql } from 'drizzle-orm'
import { PgTable } from 'drizzle-orm/pg-core'
import { beforeAll, expect, it } from 'vitest'
import type { Database } from '#server/database/database.ts'
import { constraintOf, isDataFault, retrying, sqlStateOf, StartOver } from '#server/database/failures.ts'
import * as schema from '#server/database/schema.ts'
import { onBothDatabases } from '#tests/support/databases.ts'

onBothDatabases('The database port', (open) => {
  let database: Database

  beforeAll(async () => {
    database = await open()
  })

  it('the schema that types the queries is the schema that the migrations made', async () => {
    const { rows } = await database.as('owner', {}, (tx) =>
      tx.execute<{ table_name: string; column_name: string; udt_name: string; is_nullable: string }>(
        sql`SELECT table_name, column_name, udt_name, is_nullable FROM information_schema.columns WHERE table_schema = 'public'`,
      ),
    )
    const real = new Map(
      rows.map((one) => [
        `${one.table_name}.${one.column_name}`,
        `${one.udt_name} ${one.is_nullable === 'NO'}`,
      ]),
    )
    const names: Record<string, string> = {
      bigint: 'int8',
      integer: 'int4',
      smallint: 'int2',
      boolean: 'bool',
      'timestamp with time zone': 'timestamptz',
      'text[]': '_text',
    }
    const tables = Object.values(schema).filter((one) => is(one, PgTable)) as PgTable[]
    expect(tables.length).toBeGreaterThan(15)
    for (const table of tables)
      for (const column of Object.values(getTableColumns(table))) {
        const type = column.getSQLType()
        expect(
          real.get(`${getTableName(table)}.${column.name}`),
          `${getTableName(table)}.${column.name}`,
        ).toBe(`${names[type] ?? type} ${column.notNull}`)
      }
  })

  it('[I-47] every table of a county is split by it, and a push or a pull touches one part', async () => {
    const { rows } = await database.as('owner', {}, (tx) =>
      tx.execute<{
        name: string
        parts: number
      }>(sql`SELECT p.partrelid::regclass::text AS name, count(i.inhrelid) AS parts
        FROM pg_partitioned_table p JOIN pg_inherits i ON i.inhparent = p.partrelid WHERE p.partstrat = 'h' GROUP BY 1 ORDER BY 1`),
    )
    expect(rows.map((one) => [one.name, one.parts])).toEqual(
      [
        'attachment',
        'field_loss',
        'op_receipt',
        'op_refused',
        'receipt_pack',
        'record',
        'region_digest',
        'rollup',
        'scope_exit',
      ].map((name) => [name, 32]),
    )
    const plan = await database.as('app', { full_casework: '999901' }, (tx) =>
      tx.execute<Record<string, string>>(
        sql`EXPLAIN SELECT seq FROM record_seen WHERE county = '999901' AND seq > 5 AND view = 'full' ORDER BY seq LIMIT 9`,
      ),
    )
    const text = plan.rows.map((one) => Object.values(one)[0]).join('\n')
    expect(new Set([...text.matchAll(/ on (record_\d\d)/g)].map((one) => one[1])).size).toBe(1)
  })

  it('one transaction inside another is a bug that shows at once', async () => {
    await expect(database.as('app', {}, () => database.as('app', {}, async () => 1))).rejects.toThrow(
      /inside a transaction/,
    )
  })

  it('gives 64-bit integers as numbers, and the state of an error through its wrapping', async () => {
    const { rows } = await database.as('app', {}, (tx) =>
      tx.execute(sql`SELECT 9007199254740991::bigint AS n, ${'{"a":[1]}'}::jsonb AS j`),
    )
    expect(rows).toEqual([{ n: 9_007_199_254_740_991, j: { a: [1] } }])
    const error = await database
      .as('app', {}, (tx) => tx.execute(sql`SELECT 1 / 0`))
      .catch((one: unknown) => one)
    expect(sqlStateOf(error)).toBe('22012')
    expect(isDataFault(error)).toBe(true)
    expect(constraintOf(error)).toBeUndefined()
  })

  it('names the constraint that a row broke, and none of its values', async () => {
    const person = '01912345-0000-7000-8000-00000000d001'
    const error = await database
      .as('accounts', {}, async (tx) => {
        const once = sql`INSERT INTO person (id, name) VALUES (${person}, '示例')`
        await tx.execute(once)
        await tx.execute(once)
      })
      .catch((one: unknown) => one)
    expect([sqlStateOf(error), constraintOf(error)]).toEqual(['23505', 'person_pkey'])
  })

  it('does work again after a serialisation failure, and gives up on anything else', async () => {
    let rounds = 0
    const again = await retrying(async () => {
      if (++rounds < 3)
        throw Object.assign(new Error('x'), { cause: { code: rounds === 1 ? '40001' : '40P01' } })
      if (rounds === 3) throw new StartOver()
      return rounds
    })
    expect(again).toBe(4)
    await expect(
      retrying(async () => Promise.reject(Object.assign(new Error('y'), { code: '23505' }))),
    ).rejects.toThrow('y')
  })

  it('[TR-40] a database that finds itself a copy begins a new history, and no number is given twice', async () => {
    const copy = await open()
    const one = async (tx: Parameters<Parameters<typeof copy.as>[2]>[0]) =>
      (await tx.execute<{ epoch: string; gen: number }>(sql`SELECT epoch, gen FROM mb_open_history()`))
        .rows[0]
    await copy.as('owner', {}, (tx) =>
      tx.execute(sql`INSERT INTO sync_stream (county, head) VALUES ('999901', 7)`),
    )
    const before = await copy.as('app', {}, one)
    expect(await copy.as('app', {}, one)).toEqual(before)
    await copy.as('owner', {}, (tx) => tx.execute(sql`UPDATE sync_meta SET system_id = 'elsewhere'`))
    const after = await copy.as('app', {}, one)
    expect(after?.epoch).not.toBe(before?.epoch)
    expect(after?.gen).toBeGreaterThan(10_000)
    const { rows } = await copy.as('app', {}, (tx) =>
      tx.execute<{ head: number }>(sql`SELECT head FROM sync_stream`),
    )
    expect(rows[0]?.head).toBe((after?.gen ?? 0) * 2 ** 33)
  })
})
