import { sql } from 'drizzle-orm'
import { afterAll, describe, expect, it } from 'vitest'
import type { Database } from '#server/database/database.ts'
import { openTestDatabase, stopCluster } from '#tests/support/databases.ts'
import { createOutreach, opOf } from '#tests/support/server-ops.ts'
import { COUNTY, grantsOf, ServerWorld, type Phone } from '#tests/support/server-world.ts'

const WRITERS = 12
/** Pushes of each: what is proved hangs on work that is done, not on a machine's speed. */
const TURNS = 30

// Races between sessions exist on PostgreSQL only; the embedded database has one session.
describe('Many writers at once (postgresql)', () => {
  const opened: Database[] = []
  const newDatabase = async (): Promise<Database> => {
    const one = await openTestDatabase('postgresql')
    opened.push(one)
    return one
  }
  afterAll(async () => {
    for (const one of opened) await one.close()
    await stopCluster()
  })

  it(
    '[I-12] [I-13] every committed change reaches a puller that keeps asking, and the ledger has no hole',
    { timeout: 300_000 },
    async () => {
      const database = await newDatabase()
      const world = await ServerWorld.open(database)
      const writers = await Promise.all(
        Array.from({ length: WRITERS }, () => world.phone(grantsOf('mediator', '999901101'))),
      )
      const puller = await world.phone(grantsOf('mediator', COUNTY))
      const written = new Set<string>()
      const shared: string[] = []

      const write = async (phone: Phone, turn: number) => {
        const ops = Array.from({ length: 1 + (turn % 4) }, () => createOutreach(phone))
        // Everybody changes everybody's records too, so that rows are waited for and deadlocks would show.
        for (let i = 0; i < 2 && shared.length > 0; i++) {
          const id = shared[(turn * 7 + i * 13 + phone.device) % shared.length] as string
          ops.push(opOf(phone, { k: 'patch', kind: 'outreach', id, base: 1, a: { attendances: turn % 500 } }))
        }
        const { acks, whole } = await world.push(phone, ops)
        expect(whole).toBe(true)
        for (const [at, ack] of acks.entries()) {
          if (ack[1] !== 'ok' && ack[1] !== 'merged') throw new Error(`unexpected ${ack[1]}`)
          const id = ops[at]?.e[1] as string
          written.add(`${id}@${ack[3]}`)
          if (ops[at]?.b === 0 && shared.length < 40) shared.push(id)
        }
      }

      const seen = new Map<string, number>()
      let cursor = 0
      const look = async () => {
        const { pages } = await world.exchange(puller, { pull: { sv: 1, max: 40, s: { [COUNTY]: cursor } } })
        for (const row of pages[0]?.rows ?? []) {
          expect(row[4]).toBeGreaterThanOrEqual(seen.get(row[1]) ?? 0)
          seen.set(row[1], row[4])
        }
        const more = (pages[0]?.to ?? 0) < (pages[0]?.head ?? 0)
        cursor = pages[0]?.to ?? cursor
        return more
      }

      const writing = { goesOn: true }
      const pulling = (async () => {
        while (writing.goesOn) await look()
      })()
      await Promise.all(
        writers.map(async (phone) => {
          for (let turn = 0; turn < TURNS; turn++) await write(phone, turn)
        }),
      ).finally(() => (writing.goesOn = false))
      await pulling
      while (await look());

      const newest = new Map<string, number>()
      for (const one of written) {
        const [id, rv] = one.split('@') as [string, string]
        newest.set(id, Math.max(newest.get(id) ?? 0, Number(rv)))
      }
      expect([...newest].filter(([id, rv]) => seen.get(id) !== rv)).toEqual([])
      const { rows } = await database.as('owner', {}, (tx) =>
        tx.execute<{
          head: number
          receipts: number
          highest: number
        }>(sql`SELECT head, (SELECT count(*) FROM op_receipt WHERE outcome <> 'deciding') AS receipts,
        (SELECT max(seq) FROM record) AS highest FROM sync_stream WHERE county = ${COUNTY}`),
      )
      expect(rows[0]?.highest).toBe(rows[0]?.head)
      expect(rows[0]?.receipts).toBe(writers.reduce((sum, one) => sum + one.n, 0))
      console.log(
        `${WRITERS} writers, ${TURNS} pushes each: ${rows[0]?.receipts} ops, ${newest.size} records, 0 missing`,
      )
    },
  )

  it(
    '[TR-23] a thousand interleaved transactions of two regions never see each other’s rows',
    { timeout: 300_000 },
    async () => {
      // Of its own: with two records in it, a thousand questions are a thousand questions and no thousand scans.
      const database = await newDatabase()
      const regions = ['999901101001', '999902101001'] as const
      const rows = JSON.stringify(
        regions.map((region, seq) => ({ region, county: region.slice(0, 6), seq: 900_000_000 + seq })),
      )
      await database.as('owner', {}, (tx) =>
        tx.execute(sql`INSERT INTO record (county, kind, id, region, lane, rv, seq, body, skeleton, h, received_at)
        SELECT county, 'dispute', gen_random_uuid(), region, 'casework', 1, seq, '{}', '{}', 0, now()
        FROM jsonb_to_recordset(${rows}::jsonb) AS r(county text, region text, seq bigint)`),
      )
      const regionsSeen = (settings: Record<string, string>, thenFail: boolean) =>
        database
          .as('app', settings, async (tx) => {
            const found = await tx.execute<{ region: string }>(sql`SELECT DISTINCT region FROM record_seen`)
            if (thenFail) await tx.execute(sql`SELECT 1 / 0`)
            return found.rows.map((each) => each.region).join()
          })
          .catch(() => 'failed')
      const one = async (turn: number) => {
        const region = regions[turn % 2] as string
        const fails = turn % 5 === 0
        expect(await regionsSeen({ full_casework: region }, fails)).toBe(fails ? 'failed' : region)
        expect(await regionsSeen({}, false)).toBe('')
      }
      for (let from = 0; from < 1000; from += 50)
        await Promise.all(Array.from({ length: 50 }, (_, i) => one(from + i)))
    },
  )
})
