import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attachmentFiles } from '#server/backup/attachment-files.ts'
import { writeBackup } from '#server/backup/write.ts'
import { configFrom } from '#server/config.ts'
import type { Database } from '#server/database/database.ts'
import { runIfDue } from '#server/jobs/scheduler.ts'
import { serverJobs } from '#server/jobs/server-jobs.ts'
import { makeCounters } from '#server/services/counters.ts'
import {
  newFolder,
  removeFolders,
  restoredInto,
  restoreOrder,
  sameWorldOn,
} from '#tests/support/server-restored.ts'
import { sqlSyncDatabase } from '#server/repositories/sync/sync-database.ts'
import { storedPath } from '#server/services/attachments/files.ts'
import { awaitMissing, sweepUploads } from '#server/services/attachments/sweep.ts'
import { onBothDatabases } from '#tests/support/databases.ts'
import {
  COUNTY,
  grantsOf,
  OTHER_VILLAGE,
  ServerWorld,
  VILLAGE,
  type Phone,
} from '#tests/support/server-world.ts'
import { addOp, photo, sha256, UploadClient } from '#tests/support/upload-client.ts'

onBothDatabases('attachments', (open, kind) => {
  let database: Database
  let folder: string
  let world: ServerWorld
  /** A second server process over the same database and folder. */
  let other: ServerWorld

  beforeAll(async () => {
    database = await open()
    folder = mkdtempSync(join(tmpdir(), 'mb-files-'))
    world = await ServerWorld.open(database, [], { MINGBAI_FILES: folder })
    other = await ServerWorld.open(database, [], { MINGBAI_FILES: folder })
  })
  afterAll(async () => {
    await Promise.all([world.app.close(), other.app.close()])
    rmSync(folder, { recursive: true, force: true })
    removeFolders()
  })

  async function mediator(): Promise<{ phone: Phone; client: UploadClient }> {
    const phone = await world.phone(grantsOf('mediator', VILLAGE))
    other.phones.set(phone.device, phone)
    return { phone, client: await UploadClient.over(world.app, phone) }
  }

  /** A phone that has handed in the op of a file. */
  async function declared(bytes: Uint8Array, more: Parameters<typeof addOp>[2] = {}) {
    const { phone, client } = await mediator()
    const op = addOp(phone, bytes, more)
    const { acks } = await world.push(phone, [op])
    expect(acks[0]?.[1]).toBe('ok')
    return { phone, client, id: op.id, upload: client.upload(bytes) }
  }

  async function recordOf(phone: Phone, id: string) {
    const { rows } = await world.pullAll(phone)
    return rows.find((row) => row[1] === id)
  }
  const stateOf = async (phone: Phone, id: string) =>
    ((await recordOf(phone, id))?.[6] as Record<string, unknown> | undefined)?.['state']

  describe('handing in', () => {
    it('[I-41] the op comes first; the bytes follow, and only when they are whole and right does the record say so', async () => {
      const bytes = photo(700_000)
      const { phone, client, id, upload } = await declared(bytes)
      expect(await stateOf(phone, id)).toBe('awaited')

      const begun = await client.begin(id, bytes)
      expect(begun?.status).toBe(201)
      expect(begun?.headers['location']).toBe(`/api/files/${upload}`)
      expect((await client.append(upload, 0, bytes.subarray(0, 300_000)))?.headers['upload-offset']).toBe(
        '300000',
      )
      expect(await stateOf(phone, id)).toBe('awaited')
      expect((await client.append(upload, 300_000, bytes.subarray(300_000)))?.status).toBe(204)

      const row = await recordOf(phone, id)
      expect(row?.[6]).toMatchObject({ state: 'stored' })
      expect(row?.[4]).toBe(2)
      expect(readFileSync(storedPath(folder, sha256(bytes))).equals(bytes)).toBe(true)
      expect(existsSync(join(folder, 'coming', upload))).toBe(false)
      const back = await client.download(id)
      expect(back?.status).toBe(200)
      expect(back?.body.equals(bytes)).toBe(true)
      expect(back?.headers['content-disposition']).toMatch(/^attachment; /)
      expect(back?.headers['cache-control']).toBe('no-store')
      expect(back?.headers['content-security-policy']).toMatch(/^sandbox;/)
    })

    it('[I-37] the server’s own word moves the digest and the ledger like anybody’s', async () => {
      const { rows } = await database.as('owner', {}, (tx) =>
        tx.execute<{ kept: string; real: string; n: number; real_n: number }>(sql`
          SELECT d.n, d.x::text AS kept, count(r.id) AS real_n, bit_xor(r.h)::text AS real
          FROM region_digest d JOIN record r ON r.county = d.county AND r.region = d.region AND r.lane = d.lane AND NOT r.deleted
          WHERE d.county = ${COUNTY} GROUP BY d.n, d.x, d.region, d.lane`),
      )
      expect(rows.length).toBeGreaterThan(0)
      for (const one of rows) expect([one.kept, one.n]).toEqual([one.real, one.real_n])
      const ledger = await database.as('owner', {}, (tx) =>
        tx.execute<{ head: number; last: number }>(sql`
          SELECT s.head, greatest(max(r.seq), (SELECT coalesce(max(seq), 0) FROM scope_exit e WHERE e.county = ${COUNTY})) AS last
          FROM sync_stream s JOIN record r ON r.county = s.county WHERE s.county = ${COUNTY} GROUP BY s.head`),
      )
      expect(ledger.rows[0]?.head).toBe(ledger.rows[0]?.last)
    })

    it.each([0, 1, 17, 4096, 65_536, 65_537, 200_000, 399_999])(
      '[I-42] a line that breaks after %i bytes costs at most those bytes, and nothing is asked twice',
      async (cut) => {
        const bytes = photo(400_000)
        const { phone, client, id, upload } = await declared(bytes)
        await client.begin(id, bytes)
        expect(await client.append(upload, 0, bytes, cut)).toBeNull()
        const at = await client.at(upload)
        expect(at).not.toBeNull()
        expect(at).toBeLessThanOrEqual(cut)
        // Whatever had reached the server whole is kept; what is in the air when the line breaks may be lost.
        expect(at).toBeGreaterThanOrEqual(cut >= 200_000 ? 1 : 0)
        expect((await client.append(upload, at ?? 0, bytes.subarray(at ?? 0)))?.status).toBe(204)
        expect(await stateOf(phone, id)).toBe('stored')
        expect(readFileSync(storedPath(folder, sha256(bytes))).equals(bytes)).toBe(true)
      },
    )

    it('[I-42] an answer that was lost is found again: nothing is sent twice and nothing is stored twice', async () => {
      const bytes = photo(50_000)
      const { phone, client, id, upload } = await declared(bytes)
      await client.begin(id, bytes)
      await client.append(upload, 0, bytes)
      expect(await client.at(upload)).toBe(bytes.length)
      const again = await client.begin(id, bytes)
      expect([again?.status, again?.headers['upload-offset']]).toEqual([201, String(bytes.length)])
      expect((await recordOf(phone, id))?.[4]).toBe(2)
      expect((await client.append(upload, 0, bytes))?.status).toBe(409)
    })

    it('[I-41] other bytes than were declared are thrown away, and the right ones are taken', async () => {
      const bytes = photo(90_000)
      const { phone, client, id, upload } = await declared(bytes)
      await client.begin(id, bytes)
      const wrong = await client.append(upload, 0, photo(90_000))
      expect(wrong?.status).toBe(460)
      expect(JSON.parse(wrong?.body.toString() ?? '{}')).toMatchObject({ reason: 'other-content' })
      expect(await client.at(upload)).toBeNull()
      expect(await stateOf(phone, id)).toBe('awaited')
      expect(existsSync(join(folder, 'coming', upload))).toBe(false)
      await client.begin(id, bytes)
      expect((await client.append(upload, 0, bytes))?.status).toBe(204)
      expect(await stateOf(phone, id)).toBe('stored')
    })

    it('[D-46] what came whole and is no picture is refused for good, and the record says so', async () => {
      const bytes = Buffer.from('<script>alert(1)</script>'.repeat(50))
      const { phone, client, id, upload } = await declared(bytes)
      await client.begin(id, bytes)
      expect((await client.append(upload, 0, bytes))?.status).toBe(415)
      expect(await stateOf(phone, id)).toBe('failed')
      expect(existsSync(storedPath(folder, sha256(bytes)))).toBe(false)
    })
  })

  describe('the same content', () => {
    it('[I-42] twice from one phone goes once, and both records are stored', async () => {
      const bytes = photo(60_000)
      const { phone, client, id, upload } = await declared(bytes)
      const second = addOp(phone, bytes)
      await world.push(phone, [second])
      await client.begin(id, bytes)
      await client.append(upload, 0, bytes.subarray(0, 30_000))
      const joined = await client.begin(second.id, bytes)
      expect(joined?.headers['upload-offset']).toBe('30000')
      await client.append(upload, 30_000, bytes.subarray(30_000))
      expect(await stateOf(phone, id)).toBe('stored')
      expect(await stateOf(phone, second.id)).toBe('stored')
      const third = addOp(phone, bytes)
      await world.push(phone, [third])
      expect((await client.begin(third.id, bytes))?.headers['upload-offset']).toBe(String(bytes.length))
      expect(await stateOf(phone, third.id)).toBe('stored')
    })

    it('[I-21] from another phone has to be handed in anew: knowing a fingerprint opens nothing', async () => {
      const bytes = photo(60_000)
      const first = await declared(bytes)
      await first.client.begin(first.id, bytes)
      await first.client.append(first.upload, 0, bytes)
      const second = await declared(bytes)
      expect((await second.client.begin(second.id, bytes))?.headers['upload-offset']).toBe('0')
      expect(await stateOf(second.phone, second.id)).toBe('awaited')
      expect((await second.client.download(second.id))?.status).toBe(404)
    })
  })

  describe('who may', () => {
    it('[I-21] another phone finds no upload, another village no record, an outline no bytes', async () => {
      const bytes = photo(40_000)
      const { client, id, upload } = await declared(bytes)
      await client.begin(id, bytes)
      const strangers = await Promise.all([
        world.phone(grantsOf('mediator', OTHER_VILLAGE)),
        world.phone(grantsOf('coordinator', '999901101')),
        world.phone(grantsOf('understander', VILLAGE)),
      ])
      for (const stranger of strangers) {
        const foreign = await UploadClient.over(world.app, stranger)
        expect(await foreign.at(upload)).toBeNull()
        expect((await foreign.append(upload, 0, bytes))?.status).toBe(404)
        expect((await foreign.begin(id, bytes))?.status).toBe(404)
        expect((await foreign.download(id))?.status).toBe(404)
      }
      await client.append(upload, 0, bytes)
      for (const stranger of strangers)
        expect((await (await UploadClient.over(world.app, stranger)).download(id))?.status).toBe(404)
    })

    it('[I-21] what is behind the closed door opens to its recorder alone', async () => {
      const bytes = photo(40_000)
      const { client, id, upload } = await declared(bytes, { flags: ['minor'] })
      const colleague = await UploadClient.over(world.app, await world.phone(grantsOf('mediator', VILLAGE)))
      expect((await colleague.begin(id, bytes))?.status).toBe(404)
      await client.begin(id, bytes)
      await client.append(upload, 0, bytes)
      expect((await colleague.download(id))?.status).toBe(404)
      expect((await client.download(id))?.status).toBe(200)
    })

    it('[TR-51] who fetches a file is in the log', async () => {
      const bytes = photo(40_000)
      const { client, id, upload } = await declared(bytes)
      await client.begin(id, bytes)
      await client.append(upload, 0, bytes)
      const colleague = await world.phone(grantsOf('mediator', VILLAGE))
      await (await UploadClient.over(world.app, colleague)).download(id)
      const { rows } = await database.as('owner', {}, (tx) =>
        tx.execute<{ actor: string }>(
          sql`SELECT actor FROM audit WHERE action = 'download' AND object_id = ${id}`,
        ),
      )
      expect(rows.map((one) => one.actor)).toEqual([colleague.person])
    })

    it('[TR-21] nobody gets past without a session', async () => {
      const nobody = await UploadClient.over(world.app, { ...(await world.phone([])), device: 999_999 })
      expect((await nobody.begin(crypto.randomUUID(), photo(10)))?.status).toBe(401)
      expect((await nobody.append(`${'0'.repeat(64)}-999999`, 0, photo(10)))?.status).toBe(401)
    })

    it.each([
      ['more than is taken', { size: 26 * 1024 * 1024 }, 400],
      ['another content than the record’s', { sha256: 'f'.repeat(64) }, 460],
      ['a county that is none', { county: 'abc' }, 400],
    ])('[TR-21] refused before a byte is read: %s', async (_what, more, status) => {
      const bytes = photo(100)
      const { client, id } = await declared(bytes)
      expect((await client.begin(id, bytes, more))?.status).toBe(status)
    })
  })

  describe('one writer', () => {
    it('[I-42] two servers never append to one upload at once', async () => {
      const bytes = photo(800_000)
      const { phone, client, id, upload } = await declared(bytes)
      const elsewhere = await UploadClient.over(other.app, phone)
      await client.begin(id, bytes)
      const tries = await Promise.all(
        [client, elsewhere, client, elsewhere].map((one) => one.append(upload, 0, bytes)),
      )
      const done = tries.map((one) => one?.status)
      expect(done.filter((one) => one === 204)).toHaveLength(1)
      expect(done.filter((one) => one !== 204).every((one) => one === 409 || one === 423)).toBe(true)
      expect(await stateOf(phone, id)).toBe('stored')
      expect(readFileSync(storedPath(folder, sha256(bytes))).equals(bytes)).toBe(true)
    })

    it('[I-42] a writer that was overtaken while it wrote is not believed', async () => {
      const bytes = photo(300_000)
      const { phone, client, id, upload } = await declared(bytes)
      await client.begin(id, bytes)
      const slow = client.slowly(upload, bytes, 100_000, 600)
      await new Promise((done) => setTimeout(done, 300))
      // The lease passes to somebody else while the bytes are on their way.
      await database.as('sync', { device: String(phone.device) }, (tx) =>
        tx.execute(sql`UPDATE upload_lease SET token = token + 100 WHERE id = ${upload}`),
      )
      expect(await slow).toBe(423)
      await database.as('sync', { device: String(phone.device) }, (tx) =>
        tx.execute(sql`UPDATE upload_lease SET held_until = now() WHERE id = ${upload}`),
      )
      expect(await client.at(upload)).toBe(0)
      expect((await client.append(upload, 0, bytes))?.status).toBe(204)
      expect(await stateOf(phone, id)).toBe('stored')
      expect(readFileSync(storedPath(folder, sha256(bytes))).equals(bytes)).toBe(true)
    })

    it('[I-42] a line that hangs gives way to the one that comes after it', async () => {
      const bytes = photo(300_000)
      const { phone, client, id, upload } = await declared(bytes)
      await client.begin(id, bytes)
      // Says that more will come, and falls silent.
      const hanging = client.slowly(upload, bytes, 100_000, null)
      await new Promise((done) => setTimeout(done, 300))
      const elsewhere = await UploadClient.over(other.app, phone)
      let at: number | null = null
      for (let round = 0; round < 5 && at === null; round++) at = await elsewhere.at(upload)
      expect(at).toBe(100_000)
      expect((await elsewhere.append(upload, 100_000, bytes.subarray(100_000)))?.status).toBe(204)
      expect(await stateOf(phone, id)).toBe('stored')
      await hanging
    }, 20_000)
  })

  describe('what was lost', () => {
    it('[I-41] a record that says more than there is says so no longer, and the bytes come again', async () => {
      const bytes = photo(50_000)
      const { phone, client, id, upload } = await declared(bytes)
      await client.begin(id, bytes)
      await client.append(upload, 0, bytes)
      rmSync(storedPath(folder, sha256(bytes)))
      expect((await client.download(id))?.status).toBe(404)
      const ledger = {
        tables: sqlSyncDatabase(database),
        heads: { moved: () => undefined },
        clock: () => world.now,
      }
      expect(await awaitMissing({ database, ledger, clock: () => world.now }, folder)).toBe(1)
      expect(await stateOf(phone, id)).toBe('awaited')
      expect(await client.at(upload)).toBeNull()
      expect((await client.begin(id, bytes))?.headers['upload-offset']).toBe('0')
      await client.append(upload, 0, bytes)
      expect(await stateOf(phone, id)).toBe('stored')
      expect(await awaitMissing({ database, ledger, clock: () => world.now }, folder)).toBe(0)
    })

    it('[I-41] a restore ends with the records of files that are nowhere waiting for them again', async () => {
      const photos = [photo(50_000), photo(60_000)] as const
      const made: { id: string; phone: Phone; upload: string }[] = []
      for (const bytes of photos) {
        const one = await declared(bytes)
        await one.client.begin(one.id, bytes)
        await one.client.append(one.upload, 0, bytes)
        made.push(one)
      }
      // One was lost before anybody noticed: no backup holds it.
      rmSync(storedPath(folder, sha256(photos[0])))
      const written = await writeBackup(
        { database, app: '0.1.0', attachments: attachmentFiles(folder) },
        join(newFolder(), 'backup'),
      )
      const files = newFolder()
      const order = restoreOrder(written.folder, { attachments: attachmentFiles(files) })
      const { database: restored, restored: done } = await restoredInto(kind, order)
      try {
        expect(done.missing).toBe(1)
        const elsewhere = await sameWorldOn(restored, [...world.phones.values()])
        const [lost, kept] = made as [(typeof made)[0], (typeof made)[0]]
        const { rows } = await elsewhere.pullAll(kept.phone)
        const bodyOf = ({ id }: { id: string }) => rows.find((row) => row[1] === id)?.[6]
        const states = [lost, kept].map((one) => (bodyOf(one) as { state?: string } | undefined)?.state)
        expect(states).toEqual(['awaited', 'stored'])
        expect(readFileSync(storedPath(files, sha256(photos[1])))).toEqual(Buffer.from(photos[1]))
        await elsewhere.app.close()
      } finally {
        await restored.close()
      }
    }, 300_000)

    it('[I-42] every night forgets what nobody touched, and nothing else', async () => {
      const bytes = photo(50_000)
      const { phone, client, id, upload } = await declared(bytes)
      await client.begin(id, bytes)
      await client.append(upload, 0, bytes.subarray(0, 20_000))
      let now = world.now
      const told: unknown[] = []
      const deps = {
        database,
        clock: () => now,
        counters: makeCounters(),
        log: {
          info: (facts: object) => void told.push(facts),
          error: (facts: object) => void told.push(facts),
        },
      }
      const config = { ...configFrom({ MINGBAI_DEMO: '1' }), filesFolder: folder }
      const job = serverJobs({ ...deps, config, version: '0.1.0' }).find((one) => one.name === 'uploads')
      if (!job) throw new Error('no such job')
      // The first night is whenever it is started.
      await runIfDue(deps, job)
      now += 86_400_000
      expect(await runIfDue(deps, job)).toBe(true)
      expect(told.at(-1)).toMatchObject({ job: 'uploads', outcome: 'ok' })
      expect(await client.at(upload)).toBe(20_000)
      now += 40 * 86_400_000
      expect(await runIfDue(deps, job)).toBe(true)
      expect((told.at(-1) as { forgotten: number }).forgotten).toBeGreaterThan(0)
      expect(await client.at(upload)).toBeNull()
      expect(await stateOf(phone, id)).toBe('awaited')
    })

    it('[I-42] an upload that nobody touched for weeks is forgotten and begins anew', async () => {
      const bytes = photo(50_000)
      const { phone, client, id, upload } = await declared(bytes)
      await client.begin(id, bytes)
      await client.append(upload, 0, bytes.subarray(0, 20_000))
      expect(await sweepUploads(database, folder, world.now + 86_400_000)).toBe(0)
      expect(await client.at(upload)).toBe(20_000)
      expect(await sweepUploads(database, folder, world.now + 40 * 86_400_000)).toBeGreaterThan(0)
      expect(await client.at(upload)).toBeNull()
      expect(existsSync(join(folder, 'coming', upload))).toBe(false)
      await client.begin(id, bytes)
      await client.append(upload, 0, bytes)
      expect(await stateOf(phone, id)).toBe('stored')
    })
  })
})
