import { appendFileSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { attachmentFiles } from '#server/backup/attachment-files.ts'
import { checkWhole } from '#server/backup/checks.ts'
import { erase } from '#server/backup/erase.ts'
import { keepErased, listKey, readErased } from '#server/backup/erased-list.ts'
import { readBackup } from '#server/backup/read.ts'
import { restorePostgres } from '#server/backup/restore.ts'
import { verifyBackup } from '#server/backup/verify.ts'
import { writeBackup } from '#server/backup/write.ts'
import type { Database } from '#server/database/database.ts'
import { moveRing } from '#server/repositories/backup/history.ts'
import type { Op } from '#sync/protocol/op.ts'
import { onBothDatabases, stopCluster } from '#tests/support/databases.ts'
import { createDispute, createOutreach, opOf } from '#tests/support/server-ops.ts'
import {
  newFolder,
  recordsIn,
  removeFolders,
  restoredInto,
  restoreOrder,
  sameWorldOn,
} from '#tests/support/server-restored.ts'
import {
  COUNTY,
  grantsOf,
  OTHER_VILLAGE,
  ServerWorld,
  VILLAGE,
  type Phone,
} from '#tests/support/server-world.ts'

const UP_TO_RESTORE = 300_000

const backupOf = (
  database: Database,
  folder = join(newFolder(), 'backup'),
  attachments = null as ReturnType<typeof attachmentFiles> | null,
) => writeBackup({ database, app: '0.1.0', attachments }, folder)

const ringOf = (database: Database) =>
  database.as('owner', {}, async (tx) => {
    const { rows } = await tx.execute<{ ring: string | null; epoch: string; gen: number }>(
      sql`SELECT ring_safe_before::text AS ring, epoch, gen FROM sync_meta`,
    )
    return rows[0]
  })

/** Everything about a county that is not the history itself. */
const wrongIn = (database: Database) =>
  database.as('owner', {}, async (tx) => (await checkWhole(tx)).filter((one) => !one.ok))

afterAll(async () => {
  removeFolders()
  await stopCluster()
})

onBothDatabases('Backup and restore', (open, kind) => {
  let world: ServerWorld
  let phones: Phone[]
  /** What each phone handed in, in order: what it would keep in its ring. */
  const rings = new Map<number, Op[]>()

  async function work(on: ServerWorld, turns: number): Promise<void> {
    for (let turn = 0; turn < turns; turn++) {
      const phone = phones[turn % phones.length] as Phone
      const ring = rings.get(phone.device) ?? []
      const mine = ring.filter((one) => one.b === 0)
      const last = mine.at(-1)
      const ops = [
        turn % 3 === 0
          ? createDispute(phone, { region: VILLAGE })
          : createOutreach(phone, { region: OTHER_VILLAGE, body: { attendances: turn + 1 } }),
        ...(last
          ? [
              opOf(phone, {
                k: 'patch',
                kind: last.e[0],
                id: last.e[1],
                region: last.r,
                base: 1,
                a: { place: `第${turn}处` },
              }),
            ]
          : []),
        // One that the server may not take: kept with its text.
        ...(turn % 5 === 4 ? [createOutreach(phone, { region: '999902101001' })] : []),
      ]
      await on.push(phone, ops)
      rings.set(phone.device, [...ring, ...ops])
    }
  }

  beforeAll(async () => {
    world = await ServerWorld.open(await open())
    phones = [
      await world.phone(grantsOf('mediator', '999901101')),
      await world.phone([...grantsOf('mediator', VILLAGE), ...grantsOf('mediator', OTHER_VILLAGE)]),
    ]
    await work(world, 20)
  })

  it(
    '[I-18] restored into a database of the other kind, every row is the same and every feed goes on',
    { timeout: UP_TO_RESTORE },
    async () => {
      const [first] = phones as [Phone]
      const { cursor, rows: before } = await world.pullAll(first)
      const { folder } = await backupOf(world.database)
      const { database } = await restoredInto(
        kind === 'embedded' ? 'postgresql' : 'embedded',
        restoreOrder(folder),
      )
      try {
        expect(await recordsIn(database)).toEqual(await recordsIn(world.database))
        expect(await wrongIn(database)).toEqual([])
        const copy = await sameWorldOn(
          database,
          phones.map((one) => ({ ...one })),
        )
        const phone = copy.phones.get(first.device) as Phone
        // What the phone has is not sent again, and what is new stands beyond it.
        const again = await copy.pullAll(phone, cursor)
        expect(again.rows).toEqual([])
        const op = createOutreach(phone, { region: VILLAGE })
        expect((await copy.push(phone, [op])).acks[0]?.[1]).toBe('ok')
        const next = await copy.pullAll(phone, cursor)
        expect(next.rows.map((one) => one[1])).toEqual([op.e[1]])
        expect((await copy.pullAll(phone)).rows.length).toBe(before.length + 1)
      } finally {
        await database.close()
      }
    },
  )

  it(
    '[I-34] work acknowledged after the backup comes back once by the phones, and no number means two things',
    { timeout: UP_TO_RESTORE },
    async () => {
      const { folder } = await backupOf(world.database)
      await work(world, 12)
      const lost = await recordsIn(world.database)
      const meta = await ringOf(world.database)
      const { database, restored } = await restoredInto(kind, restoreOrder(folder))
      try {
        expect(restored.epoch).not.toBe(meta?.epoch)
        expect(restored.gen).toBeGreaterThan(meta?.gen ?? 0)
        const kept = await recordsIn(database)
        expect(kept.length).toBeLessThan(lost.length)
        const copy = await sameWorldOn(database, phones)
        for (const round of ['once', 'again'])
          for (const phone of phones) {
            const ring = rings.get(phone.device) ?? []
            for (let from = 0; from < ring.length; from += 50) {
              const { acks, whole } = await copy.push(phone, ring.slice(from, from + 50))
              expect(whole, round).toBe(true)
              expect(
                acks
                  .map((one) => one[1])
                  .filter((one) => one !== 'ok' && one !== 'merged' && one !== 'rejected'),
              ).toEqual([])
            }
          }
        const now = await recordsIn(database)
        const bare = (list: typeof now) =>
          list.map(({ rv: _rv, seq: _seq, body, ...one }) => ({
            ...one,
            body: { ...body, receivedAt: 0, enteredAt: 0, events: [] },
          }))
        expect(bare(now)).toEqual(bare(lost))
        // A version number of the lost history never names anything else.
        const meant = new Map(lost.map((one) => [`${one.id}@${one.rv}`, JSON.stringify(one.body)]))
        const changed = now.filter(
          (one) =>
            (meant.get(`${one.id}@${one.rv}`) ?? JSON.stringify(one.body)) !== JSON.stringify(one.body),
        )
        expect(changed).toEqual([])
        const places = new Set(lost.map((one) => one.seq))
        const stayed = new Set(kept.map((one) => `${one.id}@${one.seq}`))
        const again = now.filter((one) => places.has(one.seq) && !stayed.has(`${one.id}@${one.seq}`))
        expect(again).toEqual([])
        expect(await wrongIn(database)).toEqual([])
        // A phone enrolled after the restore has a number that nobody had.
        const newcomer = await copy.phone(grantsOf('mediator', VILLAGE))
        expect(newcomer.device).toBeGreaterThan(restored.gen * 2 ** 16)
      } finally {
        await database.close()
      }
    },
  )

  it(
    '[TR-40] what was erased after the backup stays erased, whoever offers it again',
    { timeout: UP_TO_RESTORE },
    async () => {
      const [phone] = phones as [Phone]
      const secret = '段长根的手机号'
      const old = createDispute(phone, { region: VILLAGE, body: { facts: secret } })
      await world.push(phone, [old])
      const { folder } = await backupOf(world.database)
      const young = createDispute(phone, { region: VILLAGE, body: { facts: secret } })
      await world.push(phone, [young])
      const list = [old, young].map((one) => ({
        kind: 'dispute',
        id: one.e[1],
        region: VILLAGE,
        at: '2026-11-21T02:00:00.000Z',
      }))
      const key = listKey('q7Vz0rT2mXw9LcK4eYb8NhJ3sPd6GfUa')
      const beside = newFolder()
      await keepErased(beside, list, key)
      await world.database.as('owner', {}, (tx) => erase(tx, list, new Date(world.now)))
      const says = async (database: Database) =>
        database.as('owner', {}, async (tx) => {
          const { rows } = await tx.execute<{ n: number }>(
            sql`SELECT (SELECT count(*) FROM record WHERE record::text LIKE ${`%${secret}%`}) + (SELECT count(*) FROM field_loss WHERE value::text LIKE ${`%${secret}%`}) AS n`,
          )
          return rows[0]?.n
        })
      expect(await says(world.database)).toBe(0)
      expect(await wrongIn(world.database)).toEqual([])
      const { rows } = await world.pullAll(phone)
      expect(rows.find((one) => one[1] === old.e[1])?.[6]).toBe('deleted')

      const erased = await readErased([beside], key)
      expect(erased).toEqual(list)
      const { database, restored } = await restoredInto(kind, restoreOrder(folder, { erased }))
      try {
        expect(restored.erased).toBe(2)
        const copy = await sameWorldOn(database, [phone])
        const { acks } = await copy.push(phone, [old, young])
        // The first has its receipt; the second is new to this history and must not be made again.
        expect(acks[0]?.[1]).toBe('ok')
        expect(acks[1]?.[1]).not.toBe('ok')
        expect(await says(database)).toBe(0)
        expect(await wrongIn(database)).toEqual([])
      } finally {
        await database.close()
      }
      appendFileSync(
        join(beside, 'erased.ndjson'),
        `${JSON.stringify({ ...list[0], region: OTHER_VILLAGE, sig: '00' })}\n`,
      )
      await expect(readErased([beside], key)).rejects.toMatchObject({ reason: 'bad-erased-list' })
    },
  )

  it(
    '[TR-41] a backup is checked by restoring it; any byte changed, any file lost is found, and only a whole one tells phones what is safe',
    { timeout: UP_TO_RESTORE },
    async () => {
      const { folder } = await backupOf(world.database)
      expect(await verifyBackup(folder)).toMatchObject({ ok: true })
      const spoil = (how: (copy: string) => void) => {
        const copy = join(newFolder(), 'copy')
        cpSync(folder, copy, { recursive: true })
        how(copy)
        return verifyBackup(copy)
      }
      const flip = (file: string) => (copy: string) => {
        const bytes = readFileSync(join(copy, file))
        const at = Math.floor(bytes.length / 2)
        bytes[at] = (bytes[at] ?? 0) ^ 1
        writeFileSync(join(copy, file), bytes)
      }
      for (const file of readdirSync(folder))
        await expect(spoil(flip(file)), file).rejects.toMatchObject({ reason: 'damaged' })
      await expect(spoil((copy) => rmSync(join(copy, 'record.ndjson.gz')))).rejects.toMatchObject({
        reason: 'damaged',
      })
      await expect(spoil((copy) => writeFileSync(join(copy, 'more'), ''))).rejects.toMatchObject({
        reason: 'damaged',
      })
      await expect(spoil((copy) => rmSync(join(copy, 'SHA256SUMS')))).rejects.toMatchObject({
        reason: 'no-backup',
      })
      const retell = (change: (manifest: Record<string, unknown>) => void) => (copy: string) => {
        const manifest = JSON.parse(readFileSync(join(copy, 'manifest.json'), 'utf8')) as Record<
          string,
          unknown
        >
        change(manifest)
        const text = JSON.stringify(manifest)
        writeFileSync(join(copy, 'manifest.json'), text)
        const sums = readFileSync(join(copy, 'SHA256SUMS'), 'utf8')
        writeFileSync(
          join(copy, 'SHA256SUMS'),
          sums.replace(
            /^.* {2}manifest.json$/m,
            `${createHash('sha256').update(text).digest('hex')}  manifest.json`,
          ),
        )
      }
      await expect(spoil(retell((one) => (one['format'] = 2)))).rejects.toMatchObject({
        reason: 'newer-backup',
      })
      await expect(
        spoil(
          retell((one) => (one['migrations'] as object[]).push({ name: '9999-later.sql', checksum: '' })),
        ),
      ).rejects.toMatchObject({ reason: 'newer-backup' })

      const meta = await ringOf(world.database)
      const at = '2026-11-20T10:00:00.000000Z'
      const move = (epoch: string, moment: string) =>
        world.database.as('jobs', {}, (tx) => moveRing(tx, epoch, moment))
      expect(await move('00000000-0000-4000-8000-000000000000', at)).toBe(false)
      expect((await ringOf(world.database))?.ring).toBe(meta?.ring ?? null)
      expect(await move(meta?.epoch ?? '', at)).toBe(true)
      expect(await move(meta?.epoch ?? '', '2026-11-19T10:00:00Z')).toBe(true)
      const { rows } = await world.database.as('owner', {}, (tx) =>
        tx.execute<{ yes: boolean }>(
          sql`SELECT ring_safe_before = ${at}::timestamptz - interval '5 minutes' AS yes FROM sync_meta`,
        ),
      )
      expect(rows[0]?.yes).toBe(true)
    },
  )

  it(
    '[TR-41] a database that does not agree with itself makes a backup that is not whole',
    { timeout: UP_TO_RESTORE },
    async () => {
      const change = (n: number) =>
        world.database.as('owner', {}, (tx) =>
          tx.execute(sql`UPDATE rollup SET n = n + ${n} WHERE county = ${COUNTY} AND metric = 'outreach'`),
        )
      await change(1)
      const { folder } = await backupOf(world.database)
      await change(-1)
      const verified = await verifyBackup(folder)
      expect(verified.ok).toBe(false)
      expect(verified.checks.filter((one) => !one.ok).map((one) => one.name)).toEqual([
        'numbers equal recomputation',
      ])
      const before = await ringOf(world.database)
      await expect(restoredInto(kind, restoreOrder(folder))).rejects.toMatchObject({ reason: 'not-whole' })
      expect(await ringOf(world.database)).toEqual(before)
    },
  )

  it('is of one moment while others write', { timeout: UP_TO_RESTORE }, async () => {
    const state = { on: true, pushed: 0 }
    const writing = Promise.all(
      phones.map(async (phone) => {
        for (let turn = 0; state.on; turn++) {
          const ops = [createOutreach(phone, { region: VILLAGE }), createDispute(phone, { region: VILLAGE })]
          await world.push(phone, ops)
          rings.set(phone.device, [...(rings.get(phone.device) ?? []), ...ops])
          state.pushed++
          await new Promise((done) => setTimeout(done, 20))
        }
      }),
    )
    await expect.poll(() => state.pushed).toBeGreaterThan(2)
    const first = await backupOf(world.database)
    const then = state.pushed
    await expect.poll(() => state.pushed).toBeGreaterThan(then + 2)
    const second = await backupOf(world.database)
    state.on = false
    await writing
    expect(second.rows).toBeGreaterThan(first.rows)
    expect(await verifyBackup(second.folder)).toMatchObject({ ok: true })
  })

  it(
    'goes into a new folder only, and into a database with work only when told',
    { timeout: UP_TO_RESTORE },
    async () => {
      const { folder } = await backupOf(world.database)
      await expect(backupOf(world.database, folder)).rejects.toMatchObject({ reason: 'folder-not-empty' })
      await expect(verifyBackup(newFolder())).rejects.toMatchObject({ reason: 'no-backup' })
      if (kind !== 'postgresql') return
      // The embedded way with --replace is that of the command line; see put-back.test.ts.
      const before = await recordsIn(world.database)
      await expect(restorePostgres(world.database, restoreOrder(folder))).rejects.toMatchObject({
        reason: 'holds-work',
      })
      expect(await recordsIn(world.database)).toEqual(before)
      await work(world, 3)
      await restorePostgres(world.database, restoreOrder(folder, { replace: true }))
      expect(await recordsIn(world.database)).toEqual(before)
      // The log of what happened since is still there, and who restored stands in it.
      const { rows } = await world.database.as('owner', {}, (tx) =>
        tx.execute<{ n: number }>(sql`SELECT count(*) AS n FROM audit WHERE action = 'backup.restore'`),
      )
      expect(rows[0]?.n).toBe(1)
    },
  )

  it('holds every table as lines that anybody can read', async () => {
    const { folder } = await backupOf(world.database)
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as {
      tables: { name: string; file: string; rows: number; sha256: string }[]
    }
    const tables = await world.database.as('owner', {}, async (tx) => {
      const { rows } = await tx.execute<{ name: string }>(sql`
        SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'mb_migration' ORDER BY 1`)
      return rows.map((one) => one.name)
    })
    expect(manifest.tables.map((one) => one.name).toSorted()).toEqual(tables)
    for (const one of manifest.tables) {
      const text = gunzipSync(readFileSync(join(folder, one.file)))
      expect(createHash('sha256').update(text).digest('hex')).toBe(one.sha256)
      const lines = text
        .toString('utf8')
        .split('\n')
        .filter((line) => line !== '')
      expect(lines.length).toBe(one.rows)
      for (const line of lines.slice(0, 3)) expect(typeof JSON.parse(line)).toBe('object')
    }
  })

  it('takes the files of attachments along and brings them back by their content', async () => {
    const [kept, other] = [newFolder(), newFolder()]
    const bytes = Buffer.from('照片')
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const place = join('stored', sha256.slice(0, 2), sha256.slice(2, 4), sha256)
    cpSync(join(import.meta.dirname, 'backup.test.ts'), join(kept, place), { recursive: true })
    writeFileSync(join(kept, place), bytes)
    const { folder } = await backupOf(world.database, undefined, attachmentFiles(kept))
    expect(readFileSync(join(folder, 'attachments', place.slice('stored/'.length)))).toEqual(bytes)
    const { manifest } = await readBackup(folder)
    expect(manifest.attachments).toEqual([
      { name: place.slice('stored/'.length), bytes: bytes.length, sha256 },
    ])
    await attachmentFiles(other).restoreFrom(join(folder, 'attachments'), manifest.attachments)
    expect(readFileSync(join(other, place))).toEqual(bytes)
  })
})
