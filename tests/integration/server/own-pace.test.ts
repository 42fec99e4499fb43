import { sql } from 'drizzle-orm'
import pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { openPostgres } from '#server/database/postgresql.ts'
import { administer } from '#tools/prove/cluster.ts'
import { newPostgres, stopCluster, testCluster } from '#tests/support/databases.ts'
import { createOutreach, opOf } from '#tests/support/server-ops.ts'
import { COUNTY, grantsOf, ServerWorld, VILLAGE } from '#tests/support/server-world.ts'

const OTHER_COUNTY = '999902'

// The embedded database has one session, so nothing else can be open beside it.
describe('Somebody else’s open transaction (postgresql)', () => {
  const closing: (() => Promise<unknown>)[] = []
  afterAll(async () => {
    for (const close of closing.reverse()) await close()
    await stopCluster()
  })

  it('[I-17] in another county or in another database of the same server holds nothing of this county back', async () => {
    const fresh = await newPostgres()
    const database = await openPostgres({ ...fresh, connections: 20 })
    const world = await ServerWorld.open(database)
    const [mine, reader] = [
      await world.phone(grantsOf('mediator', VILLAGE)),
      await world.phone(grantsOf('mediator', VILLAGE)),
    ]
    const first = createOutreach(mine)
    await world.push(mine, [first])
    const { cursor } = await world.pullAll(reader)
    const { url } = await testCluster()
    await administer(url('postgres'), 'CREATE DATABASE mb_neighbour')
    const elsewhere = new pg.Client({ connectionString: url('mb_neighbour') })
    const beside = new pg.Client({ connectionString: fresh.superUrl })
    closing.push(
      () => database.close(),
      () => elsewhere.end(),
      () => beside.end(),
    )
    await elsewhere.connect()
    await beside.connect()
    await elsewhere.query('BEGIN')
    await elsewhere.query('CREATE TABLE kept_open (a int)')
    await elsewhere.query('SELECT pg_current_xact_id()')
    await beside.query('BEGIN')
    // As a push to that county holds it: its ledger is locked and a transaction number taken, older than all that follows.
    await beside.query(
      `INSERT INTO sync_stream (county, head) VALUES ('${OTHER_COUNTY}', 1)
       ON CONFLICT (county) DO UPDATE SET head = sync_stream.head + 1`,
    )
    await beside.query('SELECT pg_current_xact_id()')
    const began = Date.now()
    const told = [
      createOutreach(mine),
      opOf(mine, { k: 'patch', kind: 'outreach', id: first.e[1], base: 1, a: { attendances: 7 } }),
    ]
    const { acks } = await world.push(mine, told)
    expect(acks.map(([, outcome]) => outcome)).toEqual(['ok', 'ok'])
    const seen = await world.pullAll(reader, cursor)
    expect(seen.rows.map((row) => row[1]).toSorted()).toEqual(told.map((op) => op.e[1]).toSorted())
    // Whatever is old among the open transactions was not waited for: neither was there a lock, nor a wait for a horizon.
    expect(Date.now() - began).toBeLessThan(10_000)
    const { rows } = await beside.query('SELECT count(*)::int AS n FROM pg_locks WHERE NOT granted')
    expect(rows).toEqual([{ n: 0 }])
    await beside.query('ROLLBACK')
    await elsewhere.query('ROLLBACK')
    const [head] = await database.as(
      'owner',
      {},
      async (tx) =>
        (await tx.execute<{ head: number }>(sql`SELECT head FROM sync_stream WHERE county = ${COUNTY}`)).rows,
    )
    expect(head?.head).toBe(seen.cursor)
  })
})
