import { randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { checkWhole } from '#server/backup/checks.ts'
import { erase } from '#server/backup/erase.ts'
import { keepErased, listKey, readErased } from '#server/backup/erased-list.ts'
import { writeBackup } from '#server/backup/write.ts'
import { configFrom } from '#server/config.ts'
import { runIfDue } from '#server/jobs/scheduler.ts'
import { serverJobs } from '#server/jobs/server-jobs.ts'
import { erasuresOf } from '#server/repositories/backup/erasures.ts'
import { addHold, endHolds } from '#server/repositories/privacy/holds.ts'
import { makeCounters } from '#server/services/counters.ts'
import { storedPath } from '#server/services/attachments/files.ts'
import type { Op } from '#sync/protocol/op.ts'
import { onBothDatabases } from '#tests/support/databases.ts'
import { createDispute, createOutreach, newMeeting, opOf } from '#tests/support/server-ops.ts'
import { newFolder, removeFolders, restoredInto, restoreOrder } from '#tests/support/server-restored.ts'
import { COUNTY, grantsOf, NOW, ServerWorld, VILLAGE, type Phone } from '#tests/support/server-world.ts'
import { addOp, photo, sha256, UploadClient } from '#tests/support/upload-client.ts'

const DAY = 86_400_000
const YEAR = 365.25 * DAY

onBothDatabases('What is kept how long', (open, kind) => {
  let world: ServerWorld
  let folder: string
  let a: Phone
  let b: Phone
  let client: UploadClient

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mb-keep-'))
    world = await ServerWorld.open(await open(), [], { MINGBAI_FILES: folder })
    a = await world.phone(grantsOf('mediator', VILLAGE))
    b = await world.phone(grantsOf('mediator', VILLAGE))
    client = await UploadClient.over(world.app, a)
    // The first night is whenever the server is started.
    await night(NOW - DAY, { cases: null, photos: null })
  })
  afterAll(async () => {
    await world.app.close()
    rmSync(folder, { recursive: true, force: true })
    removeFolders()
  })

  /** The night of a moment, done by the job that the server does it by. */
  async function night(at: number, keep: { cases: number | null; photos: number | null }) {
    const told: Record<string, unknown>[] = []
    const config = {
      ...configFrom({ MINGBAI_DEMO: '1' }),
      filesFolder: folder,
      dataFolder: folder,
      databaseUrl: kind === 'embedded' ? null : 'postgresql://nowhere',
      secret: 'a secret of this world only, long enough',
      keep,
    }
    const deps = {
      database: world.database,
      clock: () => at,
      counters: makeCounters(),
      log: {
        info: (facts: object) => void told.push(facts as never),
        error: (facts: object) => void told.push(facts as never),
      },
    }
    const job = serverJobs({ ...deps, config, version: '0.1.0' }).find((one) => one.name === 'retention')
    if (!job) throw new Error('no such job')
    const ran = await runIfDue(deps, job)
    return ran ? told.at(-1) : null
  }

  /** Places in which a word still stands, files included. */
  async function traces(word: string, database = world.database): Promise<string[]> {
    return database.as('owner', {}, async (tx) => {
      const { rows } = await tx.execute<{ name: string }>(sql`
        SELECT c.relname AS name FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition`)
      const found: string[] = []
      for (const { name } of rows) {
        const hits = await tx.execute<{ n: number }>(
          sql`SELECT count(*) AS n FROM ${sql.identifier(name)} t WHERE t::text LIKE ${`%${word}%`}`,
        )
        if ((hits.rows[0]?.n ?? 0) > 0) found.push(name)
      }
      return found.sort()
    })
  }
  const numbers = (database = world.database) =>
    database.as('owner', {}, async (tx) => {
      const { rows } = await tx.execute(
        sql`SELECT region, metric, day::text AS day, n FROM rollup WHERE n <> 0 ORDER BY region, metric, day`,
      )
      return rows
    })
  const wrong = (database = world.database) =>
    database.as('owner', {}, async (tx) => (await checkWhole(tx)).filter((one) => !one.ok))
  const rowsOf = async (phone: Phone) =>
    new Map((await world.pullAll(phone)).rows.map((row) => [row[1], row[6]]))

  const taken = async (phone: Phone, ops: readonly Op[]) => {
    const { acks } = await world.push(phone, ops)
    expect(acks.map((one) => one[1])).toEqual(ops.map(() => 'ok'))
  }
  async function withFile(of: ['dispute' | 'meeting' | 'outreach', string], bytes: Buffer): Promise<string> {
    const op = addOp(a, bytes, { of })
    await taken(a, [op])
    await client.begin(op.id, bytes)
    await client.append(client.upload(bytes), 0, bytes)
    return op.id
  }
  /** A dispute with a sitting and a picture of it, closed or not, that says a word everywhere. */
  async function caseOf(word: string, closed: boolean, bytes: Buffer) {
    const create = createDispute(a, {
      body: { facts: word, parties: [{ id: randomUUID(), name: word, kind: 'person' }] },
    })
    const id = create.e[1]
    const meeting = opOf(a, { k: 'create', kind: 'meeting', a: newMeeting(id, { notes: word }) })
    await taken(a, [create, meeting])
    // Words that another replaced unseen, and words that were refused.
    await taken(a, [opOf(a, { k: 'patch', id, base: 1, a: { facts: `${word}（一）` } })])
    await world.push(b, [opOf(b, { k: 'patch', id, base: 1, a: { facts: `${word}（二）` } })])
    await world.push(b, [
      opOf(b, { k: 'dispute.perform', id, base: 2, a: { on: '2026-11-20', state: 'whole', note: word } }),
    ])
    const picture = await withFile(['meeting', meeting.e[1]], bytes)
    if (closed)
      await taken(a, [opOf(a, { k: 'dispute.close', id, base: 9, a: { on: '2026-11-20', note: word } })])
    return { id, meeting: meeting.e[1], picture, path: storedPath(folder, sha256(bytes)) }
  }

  it('[TR-48] each class goes when its time is over, with its files, and the numbers stay as they were', async () => {
    const shared = photo(20_000)
    const over = await caseOf('段长根甲', true, photo(30_000))
    const twin = await caseOf('段长根乙', true, shared)
    const live = await caseOf('和秀英丙', false, shared)
    const market = createOutreach(a)
    await taken(a, [market])
    const crowd = photo(10_000)
    const picture = await withFile(['outreach', market.e[1]], crowd)
    const lead = (word: string) =>
      opOf(a, {
        k: 'create',
        kind: 'lead',
        a: {
          about: '借钱',
          from: word,
          phone: '13900000000',
          text: word,
          channel: 'villager',
          on: '2026-11-20',
        },
      })
    const [settled, waiting] = [lead('段长根丁'), lead('和秀英戊')]
    await taken(a, [settled, waiting])
    await taken(a, [
      opOf(a, {
        k: 'lead.settle',
        kind: 'lead',
        id: settled.e[1],
        base: 1,
        a: { outcome: 'answered', dispute: null },
      }),
    ])
    const before = await numbers()
    expect(before.length).toBeGreaterThan(3)
    expect(await traces('段长根甲')).toEqual(['field_loss', 'op_refused', 'record'])

    // Nobody has set the years: nothing goes, ever.
    expect(await night(NOW + 90 * YEAR, { cases: null, photos: null })).toMatchObject({
      records: 0,
      refused: 0,
    })
    // A day before and a day after the pictures' three years.
    const keep = { cases: 10, photos: 3 }
    expect(await night(NOW + 3 * YEAR - 3 * DAY, keep)).toMatchObject({ records: 0, contents: 0 })
    expect(await night(NOW + 3 * YEAR + 3 * DAY, keep)).toMatchObject({ records: 3, contents: 2, refused: 0 })
    expect([over.path, storedPath(folder, sha256(crowd))].map((one) => existsSync(one))).toEqual([
      false,
      false,
    ])
    // Another record has the same content, and its matter is not over.
    expect(readFileSync(live.path).equals(shared)).toBe(true)
    let seen = await rowsOf(a)
    expect([over.picture, twin.picture, picture].map((id) => seen.get(id))).toEqual([
      'deleted',
      'deleted',
      'deleted',
    ])
    expect(typeof seen.get(live.picture)).toBe('object')
    expect(await traces('段长根甲')).toEqual(['field_loss', 'op_refused', 'record'])

    expect(await night(NOW + 10 * YEAR - 3 * DAY, keep)).toMatchObject({ records: 0 })
    expect(await night(NOW + 10 * YEAR + 3 * DAY, keep)).toMatchObject({ records: 5, held: 0 })
    for (const word of ['段长根甲', '段长根乙', '段长根丁']) expect(await traces(word)).toEqual([])
    expect(await traces('和秀英丙')).toContain('record')
    expect(await traces('和秀英戊')).toContain('record')
    seen = await rowsOf(a)
    expect([over.id, over.meeting, twin.id, settled.e[1]].map((id) => seen.get(id))).toEqual(
      Array(4).fill('deleted'),
    )
    for (const id of [live.id, live.meeting, waiting.e[1], market.e[1]])
      expect(typeof seen.get(id)).toBe('object')

    expect(await numbers()).toEqual(before)
    expect(await wrong()).toEqual([])
    // What is left says nothing: numbers by chance, a place, a moment.
    const { rows } = await world.database.as('owner', {}, (tx) =>
      tx.execute(sql`SELECT * FROM erasure WHERE id = ${over.id}`),
    )
    expect(rows).toEqual([
      { kind: 'dispute', id: over.id, region: VILLAGE, at: expect.anything(), counted: true },
    ])
    // Nobody brings it back.
    const again = await world.push(a, [
      opOf(a, { k: 'patch', id: over.id, base: 3, a: { facts: '段长根甲' } }),
    ])
    expect(again.acks[0]?.[1]).not.toBe('ok')
  })

  it('[TR-48] a restore of a backup from before the night erases again, and the numbers are still the same', async () => {
    const one = await caseOf('段长根子', true, photo(5004))
    const [before, folderOf] = [await numbers(), join(newFolder(), 'backup')]
    await writeBackup({ database: world.database, app: '0.1.0', attachments: null }, folderOf)
    await night(NOW + 12 * YEAR, { cases: 10, photos: null })
    expect(await traces('段长根子')).toEqual([])
    const key = listKey('a secret of this world only, long enough')
    const beside = newFolder()
    await keepErased(beside, await world.database.as('jobs', {}, erasuresOf), key)
    const erased = await readErased([beside], key)
    expect(erased.find((each) => each.id === one.id)).toMatchObject({ counted: true })
    const { database } = await restoredInto(kind, restoreOrder(folderOf, { erased }))
    try {
      expect(await traces('段长根子', database)).toEqual([])
      expect(await numbers(database)).toEqual(before)
      expect(await wrong(database)).toEqual([])
    } finally {
      await database.close()
    }
  }, 120_000)

  it('[TR-48] what comes in late for an erased matter goes the next night', async () => {
    const one = await caseOf('段长根己', true, photo(5000))
    await night(NOW + 11 * YEAR, { cases: 10, photos: null })
    const meeting = opOf(b, { k: 'create', kind: 'meeting', a: newMeeting(one.id, { notes: '段长根己' }) })
    await world.push(b, [meeting])
    await night(NOW + 11 * YEAR + 2 * DAY, { cases: 10, photos: null })
    expect((await traces('段长根己')).filter((name) => name !== 'op_refused')).toEqual([])
    expect(existsSync(one.path)).toBe(false)
    expect(await wrong()).toEqual([])
  })

  it('[TR-48] what a hold keeps stays, with all that belongs to it, until its day or until two people end it', async () => {
    const [long, short, lifted] = [
      await caseOf('段长根庚', true, photo(5001)),
      await caseOf('段长根辛', true, photo(5002)),
      await caseOf('段长根壬', true, photo(5003)),
    ]
    const hold = (record: string, kindOf: string, until: string) =>
      world.database.as('owner', {}, (tx) =>
        addHold(
          tx,
          {
            id: randomUUID(),
            county: COUNTY,
            kind: kindOf,
            record,
            region: VILLAGE,
            reason: '法院在审',
            until,
            by: [a.person, b.person],
          },
          new Date(NOW),
        ),
      )
    await hold(long.id, 'dispute', '2099-12-31')
    await hold(short.picture, 'attachment', '2037-06-30')
    await hold(lifted.meeting, 'meeting', '2099-12-31')
    const keep = { cases: 10, photos: 3 }
    expect(await night(Date.UTC(2037, 5, 29), keep)).toMatchObject({ records: 0, contents: 0 })
    // Not even by somebody who holds the night's own rights.
    const list = [{ kind: 'dispute', id: long.id, region: VILLAGE, at: new Date(NOW).toISOString() }]
    await expect(
      world.database.as('jobs', { day: '2037-06-29' }, (tx) => erase(tx, list, new Date(NOW))),
    ).rejects.toMatchObject({ cause: { code: '42501' } })
    // Nor does the night write anything but emptiness, anywhere.
    const one = createOutreach(a)
    await taken(a, [one])
    await expect(
      world.database.as('jobs', { day: '2037-06-29' }, (tx) =>
        tx.execute(sql`UPDATE record SET body = '{"facts": "x"}', deleted = true WHERE id = ${one.e[1]}`),
      ),
    ).rejects.toMatchObject({ cause: { code: '42501' } })
    await world.database.as('owner', {}, (tx) =>
      endHolds(tx, lifted.meeting, [b.person, a.person], new Date(NOW)),
    )
    await night(Date.UTC(2037, 6, 2), keep)
    expect(await traces('段长根辛')).toEqual([])
    expect(await traces('段长根壬')).toEqual([])
    expect(existsSync(short.path)).toBe(false)
    expect(await traces('段长根庚')).toEqual(['field_loss', 'op_refused', 'record'])
    expect(existsSync(long.path)).toBe(true)
    await expect(
      world.database.as('owner', {}, (tx) =>
        addHold(
          tx,
          {
            id: randomUUID(),
            county: COUNTY,
            kind: 'dispute',
            record: long.id,
            region: VILLAGE,
            reason: '一个人',
            until: '2099-12-31',
            by: [a.person, a.person],
          },
          new Date(NOW),
        ),
      ),
    ).rejects.toMatchObject({ cause: { code: '23514' } })
  })

  it('[TR-48] sessions, invitations and messages are forgotten after 400 days, and not before', async () => {
    await world.database.as('accounts', {}, async (tx) => {
      await tx.execute(sql`INSERT INTO session (person, device, sort, made_at, used_at, token_at, token_hash, ended_at)
        VALUES (${a.person}, ${a.device}, 'phone', ${NOW}, ${NOW}, ${NOW}, 'x', ${NOW})`)
      await tx.execute(
        sql`INSERT INTO feedback (id, sort, body, contact, at) VALUES (${randomUUID()}, 'complaint', '段长根癸', '139', ${NOW})`,
      )
      await tx.execute(sql`INSERT INTO card (id, code_hash, finder, typed_hash, name, role, region, made_at, expires_at)
        VALUES (${randomUUID()}, 'h', 'f', 't', '段长根癸', 'mediator', ${VILLAGE}, ${NOW}, ${NOW})`)
    })
    const keep = { cases: null, photos: null }
    expect(await night(NOW + 399 * DAY, keep)).toMatchObject({ entries: 0 })
    expect(await night(NOW + 401 * DAY, keep)).toMatchObject({ entries: 3 })
    expect(await traces('段长根癸')).toEqual([])
  })
})
