import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { configFrom, type Config } from '#server/config.ts'
import { openEmbedded } from '#server/database/embedded.ts'
import { lockFolder } from '#server/database/folder-lock.ts'
import { start } from '#server/start.ts'
import { newPostgres, stopCluster, testCluster } from '#tests/support/databases.ts'
import { PROGRAM_ENV } from '#tests/support/program.ts'
import { administer } from '#tools/prove/cluster.ts'

const MAIN = join(import.meta.dirname, '..', '..', '..', 'src', 'server', 'main.ts')
const STRONG = 'q7Vz0rT2mXw9LcK4eYb8NhJ3sPd6GfUa1oQi5R'
/** Production on the embedded database: what a start needs and nothing of the demo world. */
const QUIET = {
  MINGBAI_DEMO: '0',
  MINGBAI_SECRET: STRONG,
  MINGBAI_SPONSOR: '示例县司法局',
  MINGBAI_FILING_NO: '示例备案号',
  MINGBAI_LOG: 'silent',
}
const folders: string[] = []
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'mb-data-'))
  folders.push(folder)
  return folder
}

/** Four free ports in a row, as the demo needs them. */
async function freePorts(): Promise<number> {
  for (;;) {
    const first = 20_000 + Math.floor(Math.random() * 30_000)
    const probes = await Promise.all(
      [0, 1, 2, 3].map(
        (i) =>
          new Promise<Server | null>((done) => {
            const probe = createServer()
              .once('error', () => done(null))
              .listen(first + i, '0.0.0.0', () => done(probe))
          }),
      ),
    )
    for (const one of probes) one?.close()
    if (probes.every((one) => one !== null)) return first
  }
}

interface Ended {
  code: number | null
  output: string
  ms: number
}

/** Runs the real program. `until` resolves with what to do once its output holds a text. */
function run(
  env: Record<string, string>,
  until?: string,
  then?: (kill: (signal: NodeJS.Signals) => void) => void,
): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN], {
    env: { ...PROGRAM_ENV, ...QUIET, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let asked = 0
  const hear = (chunk: Buffer) => {
    output += chunk.toString()
    if (until && asked === 0 && output.includes(until)) {
      asked = Date.now()
      then?.((signal) => child.kill(signal))
    }
  }
  // Nothing here takes longer; what hangs is a failure, not a wait.
  const late = setTimeout(() => child.kill('SIGKILL'), 80_000)
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  return new Promise((done) =>
    child.on('close', (code) => {
      clearTimeout(late)
      done({ code, output, ms: asked === 0 ? 0 : Date.now() - asked })
    }),
  )
}

const sentences = (output: string): string[] =>
  output
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('{'))

afterAll(async () => {
  for (const one of folders) rmSync(one, { recursive: true, force: true })
  await stopCluster()
})

describe('Configuration', () => {
  const reason = (env: Record<string, string>) => {
    try {
      configFrom(env)
      return 'fine'
    } catch (error) {
      return (error as { reason?: string }).reason
    }
  }

  it('[TR-14] production does not start with a missing, short or guessable secret', () => {
    const production = {
      DATABASE_URL: 'postgresql://x/y',
      MINGBAI_SPONSOR: '示例县司法局',
      MINGBAI_FILING_NO: '示例备案号',
    }
    expect(reason(production)).toBe('weak-secret')
    for (const secret of [
      'short',
      'a'.repeat(60),
      'mingbai-mingbai-mingbai-mingbai-mingbai',
      'changeme'.repeat(8),
    ])
      expect(reason({ ...production, MINGBAI_SECRET: secret }), secret).toBe('weak-secret')
    expect(reason({ ...production, MINGBAI_SECRET: STRONG })).toBe('fine')
    expect(reason({ MINGBAI_DEMO: '0' })).toBe('weak-secret')
    expect(reason({ MINGBAI_DEMO: '0', MINGBAI_SECRET: STRONG })).toBe('no-sponsor')
    expect(reason({})).toBe('fine')
  })

  it('says what is wrong with a port, an address, a switch and half a certificate', () => {
    expect(reason({ PORT: '80a' })).toBe('bad-port')
    expect(reason({ PORT: '70000' })).toBe('bad-port')
    expect(reason({ MINGBAI_ORIGIN: 'mingbai.example' })).toBe('bad-origin')
    expect(reason({ MINGBAI_ORIGIN: 'https://mingbai.example/app' })).toBe('bad-origin')
    expect(reason({ MINGBAI_DEMO: 'yes' })).toBe('bad-demo')
    expect(reason({ MINGBAI_TLS_CERT: '/a.pem' })).toBe('half-tls')
  })
})

describe('The data folder (embedded)', () => {
  it('[TR-37] a commit reaches the disk, and the folder has one holder', { timeout: 60_000 }, async () => {
    const folder = newFolder()
    const database = await openEmbedded(folder)
    const before = database.syncs()
    for (let i = 0; i < 5; i++)
      await database.as('owner', {}, (tx) =>
        tx.execute(`INSERT INTO region (code, name, short) VALUES ('99990110100${i}', '示例', '示例')`),
      )
    expect(database.syncs() - before).toBeGreaterThanOrEqual(5)
    await expect(openEmbedded(folder)).rejects.toMatchObject({ name: 'CannotStart', reason: 'folder-in-use' })
    const second = await run({ MINGBAI_DATA: folder, PORT: String(await freePorts()) })
    expect(second.code).toBe(1)
    expect(sentences(second.output)).toEqual([
      expect.stringMatching(/^明白: the data folder is in use by another 明白 server \(process \d+\); .*\.$/),
    ])
    await database.close()
    const again = await openEmbedded(folder)
    const { rows } = await again.as('accounts', {}, (tx) =>
      tx.execute<{ n: number }>('SELECT count(*) AS n FROM region'),
    )
    expect(rows).toEqual([{ n: 5 }])
    await again.close()
  })

  it('takes over the lock of a process that died, and of a number that another process got since', () => {
    const folder = newFolder()
    const lock = join(folder, 'mingbai.lock')
    for (const stale of [
      { pid: 4_000_000, started: '' },
      { pid: process.pid, started: 'another-boot/1' },
      'rubbish',
    ]) {
      writeFileSync(lock, JSON.stringify(stale))
      const unlock = lockFolder(folder)
      expect(JSON.parse(readFileSync(lock, 'utf8'))).toMatchObject({ pid: process.pid })
      expect(() => lockFolder(folder)).toThrow(/in use/)
      unlock()
    }
  })

  it('refuses a folder that cannot be written, in one sentence', async () => {
    // A file where a folder should be cannot be written even by root.
    const file = join(newFolder(), 'file')
    writeFileSync(file, '')
    const { code, output } = await run({ MINGBAI_DATA: join(file, 'data') })
    expect(code).toBe(1)
    expect(sentences(output)).toEqual([
      expect.stringMatching(/^明白: the data folder .* cannot be written; .*MINGBAI_DATA\.$/),
    ])
    const proc = '/proc/mingbai'
    await expect(openEmbedded(proc)).rejects.toMatchObject({ reason: 'folder-not-writable' })
  })
})

describe('Starting and stopping', () => {
  const config = (more: Partial<Config> & { port: number }): Config => ({
    ...configFrom(QUIET),
    dataFolder: newFolder(),
    ...more,
  })

  it('serves, refuses a port in use, and stops cleanly when asked', { timeout: 120_000 }, async () => {
    const port = await freePorts()
    const folder = newFolder()
    mkdirSync(folder, { recursive: true })
    let second: Promise<Ended> | undefined
    const first = await run(
      { MINGBAI_DATA: folder, PORT: String(port), MINGBAI_LOG: 'silent' },
      '明白: http',
      (kill) => {
        void (async () => {
          const health = (await (await fetch(`http://localhost:${port}/api/health`)).json()) as {
            status: string
            database: string
          }
          expect(health).toMatchObject({ status: 'ok', database: 'embedded' })
          second = run({ MINGBAI_DATA: newFolder(), PORT: String(port) })
          await second
          kill('SIGTERM')
        })()
      },
    )
    // 0 is the code of a clean stop; one that took too long would have been cut with 1.
    expect(first.code).toBe(0)
    expect(first.output).toContain('for trial and demonstration')
    const refused = await second
    expect(refused?.code).toBe(1)
    expect(sentences(refused?.output ?? '')).toEqual([
      `明白: port ${port} is in use; stop what uses it, or choose another with PORT.`,
    ])
  })

  it('gives the folder back when the port is taken', { timeout: 60_000 }, async () => {
    const holder = createServer().listen(0, '0.0.0.0')
    await new Promise((done) => holder.once('listening', done))
    const { port } = holder.address() as AddressInfo
    const one = config({ port })
    await expect(start(one)).rejects.toMatchObject({ reason: 'port-in-use' })
    holder.close()
    const running = await start({ ...one, port: await freePorts() })
    expect((await fetch(`${running.url}/api/ready`)).status).toBe(200)
    await running.close()
  })
})

describe('PostgreSQL at start (postgresql)', () => {
  const base = () => ({
    ...configFrom(QUIET),
    port: 0,
    dataFolder: newFolder(),
  })

  it('migrates as the owner, then works as a login that owns nothing', { timeout: 60_000 }, async () => {
    const { url, ownerUrl } = await newPostgres()
    await expect(start({ ...base(), databaseUrl: url })).rejects.toMatchObject({ reason: 'may-not-migrate' })
    const first = await start({ ...base(), databaseUrl: url, databaseOwnerUrl: ownerUrl })
    expect(await (await fetch(`${first.url}/api/health`)).json()).toMatchObject({
      status: 'ok',
      database: 'postgresql',
    })
    await first.close()
    // Once migrated, the owner is not needed.
    const second = await start({ ...base(), databaseUrl: url })
    await second.close()
  })

  it(
    'says so when the database cannot be reached or a migration was changed',
    { timeout: 60_000 },
    async () => {
      await expect(
        start({ ...base(), databaseUrl: 'postgresql://nobody@127.0.0.1:1/none' }),
      ).rejects.toMatchObject({ reason: 'database-unreachable' })
      await testCluster()
      const { url, ownerUrl, superUrl } = await newPostgres()
      await (await start({ ...base(), databaseUrl: url, databaseOwnerUrl: ownerUrl })).close()
      await administer(superUrl, `UPDATE mb_migration SET checksum = 'x' WHERE name LIKE '0001%'`)
      await expect(start({ ...base(), databaseUrl: url, databaseOwnerUrl: ownerUrl })).rejects.toMatchObject({
        reason: 'migration-changed',
      })
    },
  )
})
