import { join } from 'node:path'
import fc from 'fast-check'
import { sql, type SQL } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { restorePostgres } from '#server/backup/restore.ts'
import { verifyBackup } from '#server/backup/verify.ts'
import { writeBackup } from '#server/backup/write.ts'
import { configFrom } from '#server/config.ts'
import type { Database, DatabaseRole, Tx } from '#server/database/database.ts'
import { openEmbedded, openInMemory, openScratch } from '#server/database/embedded.ts'
import { sqlStateOf } from '#server/database/failures.ts'
import { migrationsOf } from '#server/database/migrate.ts'
import { record } from '#server/repositories/audit.ts'
import { newHistory } from '#server/repositories/backup/history.ts'
import { headOfLog, verifyLog, walkLog } from '#server/services/audit/verify.ts'
import { start } from '#server/start.ts'
import { embeddedTemplate, onBothDatabases, openTestDatabase, stopCluster } from '#tests/support/databases.ts'
import { newFolder, removeFolders, restoredInto, restoreOrder } from '#tests/support/server-restored.ts'
import { auditLog, readNoted, refuseWord } from '#tools/admin/audit.ts'

const UP_TO = 300_000
const ACTOR = '0192d3c4-0000-7000-8000-000000000001'
const AT = Date.UTC(2026, 10, 22)

/** One entry, in a transaction of its own as the role says. */
const write = (database: Database, n: number, role: DatabaseRole = 'app') =>
  database.as(role, {}, (tx) => entry(tx, n))
const entry = (tx: Tx, n: number) =>
  record(tx, AT + n * 1000, {
    actor: n % 3 === 0 ? null : ACTOR,
    device: n % 2 === 0 ? n : null,
    role: 'coordinator',
    action: 'read',
    object: { kind: 'dispute', id: `示例-${n}` },
    // One log, whichever county it is about.
    region: n % 2 === 0 ? '999901' : '999903',
  })

const whole = (database: Database) =>
  database.as('jobs', {}, walkLog, { isolation: 'repeatable read' }).then((one) => one.breaks)

interface Row extends Record<string, unknown> {
  chain: number
  place: number
  seq: number
}
const rowsOf = (tx: Tx) =>
  tx.execute<Row>(sql`SELECT chain, place, seq FROM audit ORDER BY chain, place`).then(({ rows }) => rows)

class Undone extends Error {}
/** What somebody with all rights over the database could do, looked at, and undone. */
async function tampered<T>(database: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  let found: T | undefined
  await database
    .as('owner', {}, async (tx) => {
      await tx.execute(sql`ALTER TABLE audit DISABLE TRIGGER USER`)
      await tx.execute(sql`ALTER TABLE audit ALTER COLUMN seq DROP IDENTITY`)
      await tx.execute(sql`ALTER TABLE audit_head DISABLE TRIGGER USER`)
      found = await work(tx)
      throw new Undone()
    })
    .catch((error: unknown) => {
      if (!(error instanceof Undone)) throw error
    })
  return found as T
}

afterAll(async () => {
  removeFolders()
  await stopCluster()
})

describe('A log that somebody changed behind the server’s back', () => {
  let database: Database
  let rows: Row[]

  beforeAll(async () => {
    database = await openInMemory(await embeddedTemplate())
    for (let history = 0; history < 3; history++) {
      for (let n = 0; n < 20 + history * 15; n++) await write(database, history * 100 + n)
      await database.as('owner', {}, (tx) => newHistory(tx, 1, 0))
    }
    rows = await database.as('jobs', {}, rowsOf)
  })
  afterAll(() => database.close())

  const last = (chain: number) =>
    Math.max(...rows.filter((one) => one.chain === chain).map((one) => one.place))
  const at = ({ chain, place }: Row): SQL => sql`chain = ${chain} AND place = ${place}`

  const EDITS: Readonly<Record<string, SQL>> = {
    seq: sql`seq = seq + 100000`,
    at: sql`at = at - interval '1 microsecond'`,
    actor: sql`actor = CASE WHEN actor IS NULL THEN gen_random_uuid() END`,
    device: sql`device = coalesce(device, 0) + 1`,
    role: sql`role = role || ' '`,
    action: sql`action = 'list'`,
    object_kind: sql`object_kind = 'party'`,
    object_id: sql`object_id = upper(object_id) || '1'`,
    region: sql`region = '999902'`,
    outcome: sql`outcome = 'refused'`,
    request_id: sql`request_id = request_id || 'x'`,
    reason: sql`reason = 'because'`,
    // What stands in one column moves into the next, so that all of it together reads the same.
    border: sql`action = action || object_kind, object_kind = ''`,
    prev_hash: sql`prev_hash = sha256(prev_hash)`,
    hash: sql`hash = sha256(hash)`,
    place: sql`place = place + 1000`,
    chain: sql`chain = chain + 1000`,
  }

  /** Puts one entry where the other was. */
  async function swap(tx: Tx, one: Row, other: Row): Promise<void> {
    const [a, b] = [sql`seq = ${one.seq}`, sql`seq = ${other.seq}`]
    await tx.execute(sql`UPDATE audit SET place = -1 WHERE ${a}`)
    await tx.execute(sql`UPDATE audit SET chain = ${one.chain}, place = ${one.place} WHERE ${b}`)
    await tx.execute(sql`UPDATE audit SET chain = ${other.chain}, place = ${other.place} WHERE ${a}`)
  }

  const anywhere = fc.nat({ max: 104 })
  const change = fc.oneof(
    { weight: 4, arbitrary: fc.record({ edit: fc.constantFrom(...Object.keys(EDITS)), at: anywhere }) },
    { weight: 2, arbitrary: fc.record({ delete: anywhere }) },
    { weight: 2, arbitrary: fc.record({ swap: fc.tuple(anywhere, anywhere).filter(([a, b]) => a !== b) }) },
    { weight: 2, arbitrary: fc.record({ cut: anywhere }) },
  )

  it(
    '[TR-50] a thousand changes of any column, deletions, exchanges and cut ends are all found, at their place',
    { timeout: UP_TO },
    async () => {
      expect(rows).toHaveLength(105)
      expect(new Set(rows.map((one) => one.chain)).size).toBe(3)
      expect(await whole(database)).toEqual([])
      const pick = (n: number) => rows[n % rows.length] as Row
      let found = 0
      await fc.assert(
        fc.asyncProperty(change, async (one) => {
          const breaks = await tampered(database, async (tx) => {
            if ('edit' in one)
              await tx.execute(sql`UPDATE audit SET ${EDITS[one.edit] as SQL} WHERE ${at(pick(one.at))}`)
            else if ('delete' in one) await tx.execute(sql`DELETE FROM audit WHERE ${at(pick(one.delete))}`)
            else if ('swap' in one) await swap(tx, pick(one.swap[0]), pick(one.swap[1]))
            else {
              const from = pick(one.cut)
              await tx.execute(sql`DELETE FROM audit WHERE chain = ${from.chain} AND place >= ${from.place}`)
            }
            return (await walkLog(tx)).breaks
          })
          const touched =
            'edit' in one
              ? [pick(one.at)]
              : 'delete' in one
                ? [pick(one.delete)]
                : 'swap' in one
                  ? one.swap.map(pick)
                  : [pick(one.cut)]
          for (const chain of new Set(touched.map((row) => row.chain))) {
            const first = Math.min(...touched.filter((row) => row.chain === chain).map((row) => row.place))
            expect(breaks).toContainEqual(expect.objectContaining({ chain, place: first }))
          }
          found++
        }),
        { numRuns: 1000 },
      )
      expect(found).toBe(1000)
      expect(await whole(database)).toEqual([])
    },
  )

  it('[TR-50] the end of a chain is kept apart: neither side can be cut or moved alone', async () => {
    const { chain } = rows[0] as Row
    const end = last(chain)
    for (const [statement, expected] of [
      [sql`DELETE FROM audit WHERE chain = ${chain}`, { place: 1, fault: 'cut' }],
      [sql`DELETE FROM audit_head WHERE chain = ${chain}`, { place: 1, fault: 'head' }],
      [sql`UPDATE audit_head SET place = place - 1 WHERE chain = ${chain}`, { place: end, fault: 'added' }],
      [sql`UPDATE audit_head SET hash = sha256(hash) WHERE chain = ${chain}`, { place: end, fault: 'head' }],
    ] as const) {
      const breaks = await tampered(database, async (tx) => {
        await tx.execute(statement)
        return (await walkLog(tx)).breaks
      })
      expect(breaks).toEqual([expect.objectContaining({ chain, ...expected })])
    }
  })

  it('[TR-50] an entry that was sealed again by the database’s own functions no longer has its follower behind it', async () => {
    const { chain, place, seq } = rows[30] as Row
    const breaks = await tampered(database, async (tx) => {
      await tx.execute(sql`UPDATE audit SET outcome = 'refused' WHERE seq = ${seq}`)
      await tx.execute(sql`
        UPDATE audit SET hash = sha256(convert_to(mb_audit_text(audit), 'UTF8') || prev_hash) WHERE seq = ${seq}`)
      return (await walkLog(tx)).breaks
    })
    expect(breaks).toEqual([expect.objectContaining({ chain, place: place + 1, fault: 'displaced' })])
  })

  it('[TR-50] a log made anew as a whole, ends and all, is found by a head noted earlier', async () => {
    const other = await openInMemory(await embeddedTemplate())
    try {
      for (let n = 0; n < 5; n++) await write(other, n)
      const noted = await headOfLog(other)
      expect(noted.seq).toBe(5)
      for (let n = 5; n < 9; n++) await write(other, n)
      expect(await verifyLog(other, noted)).toMatchObject({ breaks: [], entries: 9, noted: 'same' })
      // The database's own functions are used to seal a changed log again.
      await other.as('owner', {}, async (tx) => {
        await tx.execute(sql`ALTER TABLE audit DISABLE TRIGGER USER; `)
        await tx.execute(sql`ALTER TABLE audit_head DISABLE TRIGGER USER`)
        await tx.execute(sql`DELETE FROM audit WHERE seq > 6`)
        await tx.execute(sql`UPDATE audit SET region = '999902' WHERE seq = 3`)
        await tx.execute(sql`DO $$ DECLARE one audit; last bytea := ''; BEGIN
          FOR one IN SELECT * FROM audit ORDER BY seq LOOP
            UPDATE audit SET prev_hash = last, hash = sha256(convert_to(mb_audit_text(one), 'UTF8') || last) WHERE seq = one.seq RETURNING hash INTO last;
          END LOOP;
          UPDATE audit_head SET place = 6, seq = 6, hash = last; END $$`)
      })
      expect(await verifyLog(other, null)).toMatchObject({ breaks: [], entries: 6 })
      expect((await verifyLog(other, noted)).noted).toBe('other')
      expect((await verifyLog(other, { seq: 9, hash: noted.hash })).noted).toBe('shorter')
    } finally {
      await other.close()
    }
  })
})

onBothDatabases('The chains of the log', (open, kind) => {
  let database: Database

  beforeAll(async () => {
    database = await open()
  })

  it('[TR-50] who serves can neither change, empty nor renumber the log, nor name a hash or an end', async () => {
    await write(database, 1)
    const stateOf = (role: DatabaseRole, statement: SQL) =>
      database
        .as(role, {}, (tx) => tx.execute(statement))
        .then(
          () => 'done',
          (error: unknown) => sqlStateOf(error),
        )
    const values = sql`now(), 'x', 'y', 'ok'`
    for (const role of ['app', 'sync', 'accounts', 'jobs'] as const)
      for (const statement of [
        sql`UPDATE audit SET role = 'z'`,
        sql`DELETE FROM audit`,
        sql`TRUNCATE audit`,
        sql`INSERT INTO audit (seq, at, role, action, outcome) OVERRIDING SYSTEM VALUE VALUES (99, ${values})`,
        sql`INSERT INTO audit (hash, at, role, action, outcome) VALUES ('\\x00', ${values})`,
        sql`INSERT INTO audit (prev_hash, at, role, action, outcome) VALUES ('\\x00', ${values})`,
        sql`INSERT INTO audit (chain, place, at, role, action, outcome) VALUES (7, 7, ${values})`,
        sql`UPDATE audit_head SET place = 9`,
        sql`INSERT INTO audit_head (chain, place, seq, hash) VALUES (9, 9, 9, '\\x00')`,
        sql`DELETE FROM audit_head`,
        sql`TRUNCATE audit_head`,
        sql`SELECT mb_audit_hold(0, 1)`,
      ])
        expect(await stateOf(role, statement), role).toBe('42501')
    for (const statement of [
      sql`UPDATE audit_head SET place = place - 1`,
      sql`DELETE FROM audit_head`,
      sql`TRUNCATE audit_head`,
    ])
      expect(await stateOf('owner', statement)).toBe('42501')
    // Even the owner's new entries are numbered and sealed by the trigger, whatever place they ask for.
    await database.as('owner', {}, (tx) =>
      tx.execute(
        sql`INSERT INTO audit (chain, place, prev_hash, at, role, action, outcome) VALUES (7, 7, '\\x00', ${values})`,
      ),
    )
    expect(await whole(database)).toEqual([])
  })

  it(
    '[TR-50] entries of many writers at once make whole chains, few of them, and none is lost',
    { timeout: UP_TO },
    async () => {
      const before = (await verifyLog(database, null)).entries
      let written = 0
      await Promise.all(
        Array.from({ length: 8 }, async (_, writer) => {
          for (let n = 0; n < 25; n++) {
            const isolation = n % 2 === 0 ? 'repeatable read' : 'read committed'
            await database
              .as(
                'app',
                {},
                async (tx) => {
                  await tx.execute(sql`SELECT count(*) FROM region`)
                  await entry(tx, writer * 100 + n)
                  if (n % 5 === 0) await tx.execute(sql`SELECT pg_sleep(0.01)`)
                  await entry(tx, writer * 100 + n)
                  if (n % 7 === 0) throw new Undone()
                },
                { isolation },
              )
              .then(
                () => (written += 2),
                (error: unknown) => {
                  if (!(error instanceof Undone)) throw error
                },
              )
          }
        }),
      )
      const found = await verifyLog(database, null)
      expect(found.breaks).toEqual([])
      expect(found.entries).toBe(before + written)
      expect(found.chains).toBeLessThanOrEqual(kind === 'embedded' ? 1 : 40)
    },
  )

  it(
    '[TR-50] is whole again after a backup is put back, and what was noted before still holds',
    { timeout: UP_TO },
    async () => {
      const noted = await headOfLog(database)
      const folder = join(newFolder(), 'backup')
      await writeBackup({ database, app: '0.1.0', attachments: null }, folder)
      expect(await verifyBackup(folder)).toMatchObject({ ok: true })
      const { database: restored } = await restoredInto(kind, restoreOrder(folder))
      try {
        await write(restored, 1)
        expect(await verifyLog(restored, noted)).toMatchObject({ breaks: [], noted: 'same' })
      } finally {
        await restored.close()
      }
      if (kind !== 'postgresql') return
      await write(database, 2)
      const later = await headOfLog(database)
      await restorePostgres(database, restoreOrder(folder, { replace: true }))
      expect(await verifyLog(database, later)).toMatchObject({ breaks: [], noted: 'same' })
    },
  )
})

/** A transaction that has begun and ends when told. */
async function halted(database: Database, isolation: 'read committed' | 'repeatable read', n: number) {
  let begun = () => {}
  const hasBegun = new Promise<void>((done) => (begun = done))
  let end = () => {}
  const mayEnd = new Promise<void>((done) => (end = done))
  const ended = database.as(
    'app',
    {},
    async (tx) => {
      await tx.execute(sql`SELECT count(*) FROM region`)
      if (isolation === 'read committed') await entry(tx, n)
      begun()
      await mayEnd
      await entry(tx, n)
    },
    { isolation },
  )
  await hasBegun
  return () => {
    end()
    return ended
  }
}

describe('Writers into the log (postgresql)', () => {
  it(
    '[TR-50] nobody waits for another’s commit, and a snapshot goes on from no entry that came after it',
    { timeout: UP_TO },
    async () => {
      const database = await openTestDatabase('postgresql')
      try {
        // One has written and not committed; one has a snapshot of before the others and writes after them.
        const writer = await halted(database, 'read committed', 1)
        const reader = await halted(database, 'repeatable read', 2)
        for (let n = 0; n < 3; n++) await write(database, n)
        await reader()
        await writer()
        const found = await verifyLog(database, null)
        expect(found).toMatchObject({ breaks: [], entries: 6, chains: 3 })
      } finally {
        await database.close()
      }
    },
  )
})

describe('A backup of a changed log', () => {
  it(
    '[TR-50] a changed log is put back as it is, and its backup is called not whole',
    { timeout: UP_TO },
    async () => {
      const other = await openTestDatabase('embedded')
      const folder = join(newFolder(), 'backup')
      try {
        for (let n = 0; n < 3; n++) await write(other, n)
        await other.as('owner', {}, async (tx) => {
          await tx.execute(sql`ALTER TABLE audit DISABLE TRIGGER audit_stays`)
          await tx.execute(sql`UPDATE audit SET reason = 'x' WHERE place = 2`)
          await tx.execute(sql`ALTER TABLE audit ENABLE TRIGGER audit_stays`)
        })
        await writeBackup({ database: other, app: '0.1.0', attachments: null }, folder)
      } finally {
        await other.close()
      }
      expect((await verifyBackup(folder)).checks.filter((one) => !one.ok)).toMatchObject([
        { name: 'the log is in order' },
      ])
      const { database: restored } = await restoredInto('embedded', restoreOrder(folder))
      try {
        expect(await whole(restored)).toMatchObject([{ place: 2, fault: 'changed' }])
      } finally {
        await restored.close()
      }
    },
  )
})

describe('The log of a database that an older build made', () => {
  const older = async () => {
    const names = (await migrationsOf()).map((one) => one.name)
    const database = await openScratch(null, new Set(names.filter((one) => one < '0010')))
    await database.as('owner', {}, (tx) =>
      tx.execute(sql`INSERT INTO audit (at, actor, device, role, action, object_id, outcome)
        SELECT now() - n * interval '1 minute', gen_random_uuid(), n, 'phone', 'pull', '示例', 'ok' FROM generate_series(1, 50) n`),
    )
    return database
  }

  it('[TR-50] is sealed as it stands, and goes on', { timeout: UP_TO }, async () => {
    const database = await older()
    try {
      await database.bringUp()
      expect(await verifyLog(database, null)).toMatchObject({ breaks: [], entries: 50, chains: 1 })
      await write(database, 1)
      expect(await verifyLog(database, null)).toMatchObject({ breaks: [], entries: 51 })
      await expect(
        database.as('owner', {}, (tx) => tx.execute(sql`UPDATE audit SET role = 'x'`)),
      ).rejects.toMatchObject({ cause: { code: '42501' } })
      expect(
        await tampered(database, async (tx) => {
          await tx.execute(sql`UPDATE audit SET object_id = '' WHERE seq = 20`)
          return (await walkLog(tx)).breaks
        }),
      ).toEqual([{ chain: 1, place: 20, seq: 20, fault: 'changed' }])
    } finally {
      await database.close()
    }
  })

  it('[TR-50] is sealed when its backup is put into a database of today', { timeout: UP_TO }, async () => {
    const database = await older()
    const folder = join(newFolder(), 'backup')
    try {
      await database.as('owner', {}, (tx) => tx.execute(sql`SELECT * FROM mb_open_history()`))
      await writeBackup({ database, app: '0.1.0', attachments: null }, folder)
    } finally {
      await database.close()
    }
    expect(await verifyBackup(folder)).toMatchObject({ ok: true })
    const { database: restored } = await restoredInto('postgresql', restoreOrder(folder))
    try {
      expect(await verifyLog(restored, null)).toMatchObject({ breaks: [], entries: 51 })
      await restorePostgres(restored, restoreOrder(folder, { replace: true }))
      expect(await verifyLog(restored, null)).toMatchObject({ breaks: [], entries: 52 })
    } finally {
      await restored.close()
    }
  })
})

describe('The log at the command line', () => {
  it(
    '[TR-50] is verified of a server that runs and of one that is stopped; what is wrong is named and ends with an error',
    { timeout: UP_TO },
    async () => {
      const folder = newFolder()
      const config = {
        ...configFrom({
          MINGBAI_DEMO: '0',
          MINGBAI_SECRET: 'q8Zr5kPw2Ls9XvBn4Tj7Hd3Fg6Mc1Ye0',
          MINGBAI_SPONSOR: '示例县司法局',
          MINGBAI_FILING_NO: '示例备 0000 号',
          MINGBAI_LOG: 'silent',
        }),
        dataFolder: folder,
        filesFolder: join(folder, 'files'),
        port: 0,
      }
      expect(() => refuseWord('count')).toThrow(expect.objectContaining({ reason: 'bad-word' }))
      for (const bad of ['', '5', '5:abc', 'x:0123456789abcdef'])
        expect(() => readNoted(bad)).toThrow(expect.objectContaining({ reason: 'bad-head' }))
      const running = await start(config)
      for (let n = 0; n < 4; n++) await write(running.database, n)
      const head = await auditLog(config, 'head')
      expect(head).toMatch(/^head 4:[0-9a-f]{64}$/)
      // As a person copies it: in groups, and not to the end.
      const noted = readNoted(head.slice(5).replace(/^(\d+:.{8})(.{12}).*$/, '$1 $2'))
      await write(running.database, 4)
      expect(await auditLog(config, noted)).toMatch(
        /^the log is whole: 5 entries in 1 chain, and up to entry 4 it is what was noted\nhead 5:/,
      )
      await running.close()
      expect(await auditLog(config, noted)).toContain('the log is whole: 5 entries in 1 chain')
      const other = readNoted('4:0123456789abcdef')
      await expect(auditLog(config, other)).rejects.toMatchObject({
        reason: 'log-broken',
        message: expect.stringContaining('something up to entry 4 was made anew'),
      })
      const database = await openEmbedded(folder)
      await database.as('owner', {}, async (tx) => {
        await tx.execute(sql`ALTER TABLE audit DISABLE TRIGGER USER`)
        await tx.execute(sql`DELETE FROM audit WHERE seq = 3`)
      })
      await database.close()
      await expect(auditLog(config, null)).rejects.toMatchObject({
        reason: 'log-broken',
        message: expect.stringMatching(
          /^the log is not as it was written \(4 entries in 1 chain\):\n {2}chain \d+, place 3: the entry is gone, and others come after it$/,
        ),
      })
    },
  )
})
