import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import pg from 'pg'
import type { Database } from '#server/database/database.ts'
import { openPostgres } from '#server/database/postgresql.ts'
import { newPostgres, stopCluster, testCluster } from '#tests/support/databases.ts'
import { createOutreach } from '#tests/support/server-ops.ts'
import { COUNTY, grantsOf, ServerWorld, VILLAGE, type Phone } from '#tests/support/server-world.ts'

// Transactions that stay open beside others exist on PostgreSQL only.
describe('What does not wait (postgresql)', () => {
  let database: Database
  let world: ServerWorld
  let phone: Phone
  let superUrl: string

  beforeAll(async () => {
    const made = await newPostgres()
    superUrl = made.superUrl
    database = await openPostgres({ ...made, connections: 10 })
    world = await ServerWorld.open(database)
    phone = await world.phone(grantsOf('mediator', VILLAGE))
  })
  afterAll(async () => {
    await database?.close()
    await stopCluster()
  })

  const delivered = async () => {
    const op = createOutreach(phone)
    const { pages } = await world.exchange(phone, {
      push: { c: COUNTY, ops: [op] },
      pull: { sv: 1, max: 500, s: { [COUNTY]: 0 } },
    })
    return pages[0]?.rows.some((row) => row[1] === op.e[1]) && pages[0].to === pages[0].head
  }

  /** A session that has written and does not commit. */
  async function holding(url: string, statements: string): Promise<() => Promise<void>> {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query(`BEGIN; ${statements}`)
    return async () => {
      await client.query('ROLLBACK')
      await client.end()
    }
  }

  it('[I-17] an open transaction in another county does not hold back this one’s feed', async () => {
    const done = await holding(
      superUrl,
      `INSERT INTO sync_stream (county, head) VALUES ('999902', 1);
       INSERT INTO scope_exit (county, seq, kind, id, rv, left_region, lane, at)
       VALUES ('999902', 1, 'dispute', gen_random_uuid(), 1, '999902101001', 'casework', now())`,
    )
    expect(await delivered()).toBe(true)
    await done()
  })

  it('[I-17] nor does one in another database of the same cluster', async () => {
    const { url } = await testCluster()
    const operator = new pg.Client({ connectionString: url('postgres') })
    await operator.connect()
    await operator.query('CREATE DATABASE mb_neighbour')
    await operator.end()
    const done = await holding(url('mb_neighbour'), 'CREATE TABLE t (a int); INSERT INTO t VALUES (1)')
    expect(await delivered()).toBe(true)
    await done()
  })

  it('[I-13] a push that was rolled back leaves no hole', async () => {
    const done = await holding(superUrl, `UPDATE sync_stream SET head = head + 5 WHERE county = '${COUNTY}'`)
    const waiting = delivered()
    await new Promise((ready) => setTimeout(ready, 100))
    await done()
    expect(await waiting).toBe(true)
    const { pages } = await world.exchange(phone, { pull: { sv: 1, max: 500, s: { [COUNTY]: 0 } } })
    expect(pages[0]?.head).toBe(pages[0]?.rows.length)
  })
})
