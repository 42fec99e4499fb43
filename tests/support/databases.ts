import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  chownSync,
} from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe } from 'vitest'
import pg from 'pg'
import type { Database } from '#server/database/database.ts'
import { makeTemplate, openInMemory } from '#server/database/embedded.ts'
import { migrationsKey } from '#server/database/migrate.ts'
import { openPostgres } from '#server/database/postgresql.ts'

export type DatabaseKind = Database['kind']

const CACHE = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'mingbai')

async function readTemplate(): Promise<Blob> {
  const file = join(CACHE, `template-${await migrationsKey()}.tar`)
  if (!existsSync(file)) {
    mkdirSync(CACHE, { recursive: true })
    // Written aside and renamed, because several test files may be making it at once.
    writeFileSync(`${file}.${process.pid}`, Buffer.from(await (await makeTemplate()).arrayBuffer()))
    renameSync(`${file}.${process.pid}`, file)
  }
  return new Blob([readFileSync(file)])
}

let template: Promise<Blob> | undefined

/** An empty, migrated embedded database as a tarball, made once for all runs of one set of migrations. */
export const embeddedTemplate = (): Promise<Blob> => (template ??= readTemplate())

const BIN = ['18', '17', '16', '15']
  .map((one) => `/usr/lib/postgresql/${one}/bin`)
  .find((one) => existsSync(join(one, 'initdb')))
const command = (name: string): string => (BIN ? join(BIN, name) : name)

/** PostgreSQL refuses to run as root, so root runs it as the user that Debian's package makes. */
function postgresUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

function run(name: string, args: string[]): void {
  const done = spawnSync(command(name), args, {
    encoding: 'utf8',
    ...postgresUser(),
    cwd: tmpdir(),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  if (done.status !== 0)
    throw new Error(
      `the tests need PostgreSQL 15 or newer (Debian: apt-get install postgresql); ${name}: ${done.error?.message ?? done.stderr}`,
    )
}

const freePort = (): Promise<number> =>
  new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => done(port))
    })
  })

export interface Cluster {
  folder: string
  port: number
  /** Connection text of a database; as the superuser when no login is named. */
  url(database: string, login?: string): string
  stop(): void
}

/** A PostgreSQL cluster of our own in a temporary folder, with its logins: mb_test_owner may migrate, mb_test_app may not. */
export async function startCluster(): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'mb-pg-'))
  const user = postgresUser()
  if (user) chownSync(folder, user.uid, user.gid)
  run('initdb', [
    '-D',
    join(folder, 'data'),
    '-U',
    'postgres',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--locale=C',
    '--no-sync',
  ])
  const port = await freePort()
  const options = `-h 127.0.0.1 -p ${port} -k ${folder} -c max_connections=60 -c shared_buffers=64MB`
  run('pg_ctl', ['-D', join(folder, 'data'), '-l', join(folder, 'log'), '-o', options, '-w', 'start'])
  const stop = () => {
    if (!existsSync(folder)) return
    run('pg_ctl', ['-D', join(folder, 'data'), '-m', 'immediate', '-w', 'stop'])
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', stop)
  const url = (database: string, login = 'postgres') => `postgresql://${login}@127.0.0.1:${port}/${database}`
  await administer(
    url('postgres'),
    'CREATE ROLE mb_test_owner LOGIN CREATEROLE; CREATE ROLE mb_test_app LOGIN',
  )
  return { folder, port, url, stop }
}

export async function administer(url: string, statements: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statements)
  } finally {
    await client.end()
  }
}

let cluster: Promise<Cluster> | undefined
let made = 0

/** The cluster of this test file, started when first asked for. */
export const testCluster = (): Promise<Cluster> => (cluster ??= startCluster())

/** A new, empty PostgreSQL database; its owner migrates and the app's login works. */
export async function newPostgres(): Promise<{ url: string; ownerUrl: string; superUrl: string }> {
  const { url } = await testCluster()
  const name = `mb_test_${++made}`
  await administer(url('postgres'), `CREATE DATABASE ${name} OWNER mb_test_owner`)
  return { url: url(name, 'mb_test_app'), ownerUrl: url(name, 'mb_test_owner'), superUrl: url(name) }
}

/** An empty database of a kind, migrated. Whoever opens it closes it. */
export async function openTestDatabase(kind: DatabaseKind): Promise<Database> {
  if (kind === 'embedded') return openInMemory(await embeddedTemplate())
  return openPostgres({ ...(await newPostgres()), connections: 20 })
}

/** The same tests on both databases; there is no way to leave one out. */
export function onBothDatabases(
  name: string,
  tests: (open: () => Promise<Database>, kind: DatabaseKind) => void,
): void {
  describe.each(['embedded', 'postgresql'] as const)(`${name} (%s)`, (kind) => {
    const opened: Database[] = []
    afterAll(async () => {
      for (const one of opened) await one.close()
      if (kind === 'postgresql') await stopCluster()
    })
    tests(async () => {
      const database = await openTestDatabase(kind)
      opened.push(database)
      return database
    }, kind)
  })
}

/** Stops this file's cluster, if it was started. */
export async function stopCluster(): Promise<void> {
  const running = cluster
  cluster = undefined
  if (running) (await running).stop()
}
