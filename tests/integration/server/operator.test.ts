import { spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, describe, expect, it } from 'vitest'
import { configFrom, type Config } from '#server/config.ts'
import type { Database } from '#server/database/database.ts'
import { openEmbedded } from '#server/database/embedded.ts'
import { openPostgres } from '#server/database/postgresql.ts'
import { finishSwap } from '#server/database/swap.ts'
import { start } from '#server/start.ts'
import { newPostgres, stopCluster } from '#tests/support/databases.ts'
import { backupTo, drill, restoreFrom, verifyAt } from '#tools/admin/backups.ts'
import { eraseRecord, refuseId } from '#tools/admin/erase.ts'
import { recomputeMetrics, refuseWords } from '#tools/admin/numbers.ts'
import { administer } from '#tools/prove/cluster.ts'
import { PROGRAM_ENV } from '#tests/support/program.ts'
import { newFolder, removeFolders } from '#tests/support/server-restored.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const UP_TO = 300_000
const PRODUCTION = {
  MINGBAI_DEMO: '0',
  MINGBAI_SECRET: 'q8Zr5kPw2Ls9XvBn4Tj7Hd3Fg6Mc1Ye0',
  MINGBAI_SPONSOR: '示例县司法局',
  MINGBAI_FILING_NO: '示例备 0000 号',
  MINGBAI_LOG: 'silent',
}

interface Ran {
  code: number | null
  out: string
  sentence: string
}

const environment = (env: Record<string, string>) => ({
  ...PROGRAM_ENV,
  ...PRODUCTION,
  ...env,
})
const admin = (args: readonly string[], env: Record<string, string>): Ran => {
  const options = { cwd: ROOT, encoding: 'utf8', env: environment(env) } as const
  const done = spawnSync(process.execPath, ['src/tools/admin.ts', ...args], options)
  return { code: done.status, out: done.stdout, sentence: done.stderr.trim() }
}
/** The same while this process has something to do. */
const adminMeanwhile = (args: readonly string[], env: Record<string, string>): Promise<Ran> =>
  new Promise((done) => {
    const options = { cwd: ROOT, env: environment(env) }
    const child = spawn(process.execPath, ['src/tools/admin.ts', ...args], options)
    let [out, sentence] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (sentence += chunk.toString()))
    child.on('close', (code) => done({ code, out, sentence: sentence.trim() }))
  })

const historyOf = async (database: Database) => {
  const { rows } = await database.as('app', {}, (tx) =>
    tx.execute<{ epoch: string; gen: number; head: number }>(
      sql`SELECT epoch, gen, coalesce((SELECT max(head) FROM sync_stream), 0) AS head FROM sync_meta`,
    ),
  )
  return rows[0] as { epoch: string; gen: number; head: number }
}
const addRegion = (database: Database, code: string) =>
  database.as('accounts', {}, (tx) =>
    tx.execute(sql`INSERT INTO region (code, name, short) VALUES (${code}, '示例', '示例')`),
  )
const regionsIn = async (database: Database) => {
  const { rows } = await database.as('app', {}, (tx) =>
    tx.execute<{ code: string }>(sql`SELECT code FROM region ORDER BY code`),
  )
  return rows.map((one) => one.code)
}
/** Something that makes a database hold work. */
const doWork = (database: Database) =>
  database.as('owner', {}, (tx) =>
    tx.execute(sql`INSERT INTO audit (at, role, action, outcome) VALUES (now(), 'operator', 'test', 'ok')`),
  )

/** Opens, does something, says which history it is in, closes. */
async function visit(folder: string, work: (database: Database) => Promise<unknown> = async () => {}) {
  const database = await openEmbedded(folder)
  try {
    await work(database)
    return { ...(await historyOf(database)), putBack: database.putBack }
  } finally {
    await database.close()
  }
}

afterAll(async () => {
  removeFolders()
  await stopCluster()
})

describe('A data folder that is not the one that was left (embedded)', () => {
  it(
    '[TR-40] is known by its files and its log, and begins a new history; one that was only stopped does not',
    { timeout: UP_TO },
    async () => {
      const folder = newFolder()
      const first = await visit(folder, (database) =>
        database.as('owner', {}, (tx) =>
          tx.execute(sql`INSERT INTO sync_stream (county, head) VALUES ('999901', 7)`),
        ),
      )
      expect(first.putBack).toBe(false)
      expect(await visit(folder)).toEqual(first)
      const copy = join(newFolder(), 'all')
      const exact = { recursive: true, force: true, preserveTimestamps: true }
      cpSync(folder, copy, exact)
      await visit(folder, (database) => addRegion(database, '999901101001'))

      // The database alone is put back in place of the newer one.
      rmSync(join(folder, 'database'), { recursive: true })
      cpSync(join(copy, 'database'), join(folder, 'database'), exact)
      const second = await visit(folder)
      expect(second).toMatchObject({ putBack: true })
      expect(second.epoch).not.toBe(first.epoch)
      expect(second.gen).toBeGreaterThan(first.gen)
      expect(second.head).toBe(second.gen * 2 ** 33)
      expect((await visit(folder)).epoch).toBe(second.epoch)

      // The whole data folder, what is remembered beside the database included, is written over the other.
      cpSync(copy, folder, exact)
      const third = await visit(folder)
      expect(third).toMatchObject({ putBack: true })
      expect([first.epoch, second.epoch]).not.toContain(third.epoch)

      // Its place on the disk is the same, and what is remembered says more than its log holds.
      const witness = join(folder, 'witness.json')
      const said = JSON.parse(readFileSync(witness, 'utf8')) as { wal: number; file: string }
      writeFileSync(witness, JSON.stringify({ ...said, wal: said.wal + 10_000_000 }))
      expect(await visit(folder)).toMatchObject({ putBack: true })
      // Nothing is remembered: better a new history than two of one name.
      rmSync(witness)
      expect(await visit(folder)).toMatchObject({ putBack: true })
      // Moved to another place on the same disk, it is still itself.
      const moved = join(newFolder(), 'moved')
      renameSync(folder, moved)
      expect(await visit(moved)).toMatchObject({ putBack: false })
    },
  )

  it('an exchange of the database is finished wherever it was stopped', () => {
    const make = (names: readonly string[]): string => {
      const folder = newFolder()
      for (const name of names) {
        mkdirSync(join(folder, name))
        writeFileSync(join(folder, name, 'is'), name)
      }
      writeFileSync(join(folder, 'swap.json'), JSON.stringify({ fresh: 'fresh', old: 'old' }))
      return folder
    }
    const is = (folder: string, name: string) =>
      existsSync(join(folder, name)) ? readFileSync(join(folder, name, 'is'), 'utf8') : null
    for (const [there, database, old] of [
      [['database', 'fresh'], 'fresh', 'database'],
      [['old', 'fresh'], 'fresh', 'old'],
      [['database', 'old'], 'database', 'old'],
      [['fresh'], 'fresh', null],
    ] as const) {
      const folder = make(there)
      finishSwap(folder)
      expect(is(folder, 'database'), there.join()).toBe(database)
      expect(is(folder, 'old'), there.join()).toBe(old)
      expect(existsSync(join(folder, 'swap.json'))).toBe(false)
    }
  })
})

describe('A database whose log became shorter (postgresql)', () => {
  it('[TR-40] begins a new history under the same name, once', { timeout: UP_TO }, async () => {
    const { url, ownerUrl, superUrl } = await newPostgres()
    const database = await openPostgres({ url, ownerUrl, connections: 4 })
    try {
      const first = await historyOf(database)
      // What tells how long the log is now says what it would say of an older state.
      await administer(
        superUrl,
        'CREATE OR REPLACE FUNCTION mb_wal_place() RETURNS bigint LANGUAGE sql VOLATILE SECURITY DEFINER RETURN 5::bigint',
      )
      await administer(
        superUrl,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'mb_test_app' AND datname = current_database()`,
      )
      const epochNow = () =>
        historyOf(database).then(
          (one) => one.epoch,
          () => first.epoch,
        )
      await expect.poll(epochNow, { timeout: 10_000 }).not.toBe(first.epoch)
      const second = await historyOf(database)
      expect(second.gen).toBeGreaterThan(first.gen)
      await Promise.all(Array.from({ length: 8 }, () => historyOf(database)))
      expect(await historyOf(database)).toEqual(second)
    } finally {
      await database.close()
    }
  })
})

describe('The operator at the command line', () => {
  it(
    '[TR-41] backs up a running server through its folder and a stopped one by itself, restores in one step, refuses in one sentence (embedded)',
    { timeout: UP_TO },
    async () => {
      const [folder, backups] = [newFolder(), newFolder()]
      const [env, one] = [{ MINGBAI_DATA: folder }, join(backups, 'one')]
      const nowhere = join(backups, 'nowhere')
      const config: Config = {
        ...configFrom(PRODUCTION),
        dataFolder: folder,
        filesFolder: join(folder, 'files'),
        port: 0,
      }
      await expect(backupTo({ ...config, dataFolder: nowhere }, join(backups, 'none'))).rejects.toMatchObject(
        { reason: 'no-database' },
      )
      expect(existsSync(nowhere)).toBe(false)
      const running = await start(config)
      await addRegion(running.database, '999901101001')
      await doWork(running.database)
      expect(await adminMeanwhile(['backup', one], env)).toMatchObject({
        code: 0,
        out: expect.stringContaining('a backup of the running server'),
      })
      expect(await verifyAt(config, one)).toContain('phones may let go of work handed in before')
      const { rows } = await running.database.as('app', {}, (tx) =>
        tx.execute<{ safe: boolean }>(sql`SELECT ring_safe_before IS NOT NULL AS safe FROM sync_meta`),
      )
      expect(rows).toEqual([{ safe: true }])
      await expect(restoreFrom(config, one, true)).rejects.toMatchObject({ reason: 'folder-in-use' })
      await addRegion(running.database, '999901101002')
      const before = await historyOf(running.database)
      await running.close()

      expect(admin(['restore', one], env)).toEqual({
        code: 1,
        out: '',
        sentence: expect.stringMatching(/^明白: the data folder .* holds work already; .*\(holds-work\)$/),
      })
      const no = { what: 'recompute', county: null, cause: null }
      for (const [refused, reason] of [
        [() => verifyAt(config, nowhere), 'no-backup'],
        [() => restoreFrom(config, backups, true), 'no-backup'],
        [async () => refuseWords({ ...no, what: 'count' }), 'bad-word'],
        [async () => refuseWords({ ...no, county: 'x' }), 'bad-county'],
        [async () => refuseId('x'), 'bad-id'],
      ] as const)
        await expect(refused(), reason).rejects.toMatchObject({ reason })
      const missing = '0192d3c4-0000-7000-8000-000000000000'
      const unchanged = await visit(folder, async (database) => {
        await expect(eraseRecord(config, database, 'dispute', missing)).rejects.toMatchObject({
          reason: 'no-record',
        })
        await expect(recomputeMetrics(database, { ...no, county: '110101' })).rejects.toMatchObject({
          reason: 'no-county',
        })
      })
      expect(unchanged).toMatchObject({ epoch: before.epoch, putBack: false })

      expect(await restoreFrom(config, one, true)).toContain('a new history has begun')
      const after = await visit(folder, async (database) =>
        expect(await regionsIn(database)).toEqual(['999901101001']),
      )
      expect(after.putBack).toBe(false)
      expect(after.gen).toBeGreaterThan(before.gen)
      expect(await drill(config, null)).toMatch(/is whole:[\s\S]*this backup was thrown away/)
    },
  )

  it(
    '[TR-41] backs up PostgreSQL as anybody, restores it as its owner (postgresql)',
    { timeout: UP_TO },
    async () => {
      const [from, to] = [await newPostgres(), await newPostgres()]
      const one = join(newFolder(), 'one')
      const envOf = ({ url, ownerUrl }: { url: string; ownerUrl: string }) => ({
        DATABASE_URL: url,
        DATABASE_OWNER_URL: ownerUrl,
        MINGBAI_DATA: newFolder(),
        MINGBAI_FILES: newFolder(),
      })
      const database = await openPostgres(from)
      await addRegion(database, '999901101001')
      await doWork(database)
      const first = await historyOf(database)
      await database.close()
      expect(admin(['drill', one], { ...envOf(from), DATABASE_OWNER_URL: '' })).toMatchObject({
        code: 0,
        out: expect.stringContaining('a backup of PostgreSQL'),
      })
      expect(admin(['restore', one], envOf(from))).toMatchObject({
        code: 1,
        sentence: expect.stringMatching(/\(holds-work\)$/),
      })
      expect(admin(['restore', one], { ...envOf(to), DATABASE_OWNER_URL: '' })).toMatchObject({
        code: 1,
        sentence: expect.stringMatching(/\(may-not-migrate\)$/),
      })
      expect(admin(['restore', one], envOf(to))).toMatchObject({ code: 0 })
      const restored = await openPostgres(to)
      expect(await regionsIn(restored)).toEqual(['999901101001'])
      const second = await historyOf(restored)
      await restored.close()
      expect(second.epoch).not.toBe(first.epoch)
      expect(second.gen).toBeGreaterThan(first.gen)
    },
  )
})
