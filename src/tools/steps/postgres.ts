import { execFileSync, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const BIN = ['18', '17', '16', '15']
  .map((one) => `/usr/lib/postgresql/${one}/bin`)
  .find((one) => existsSync(join(one, 'initdb')))
const command = (name: string): string => (BIN ? join(BIN, name) : name)

const idOf = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))

/** PostgreSQL refuses to run as root, so root runs it as the user that Debian's package makes. */
export function postgresUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  return { uid: idOf('-u'), gid: idOf('-g') }
}

/** Runs one of PostgreSQL's own programs as the user that may. */
export function runAs(name: string, args: readonly string[]): void {
  const done = spawnSync(command(name), args, {
    encoding: 'utf8',
    ...postgresUser(),
    cwd: tmpdir(),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  if (done.status !== 0)
    throw new Error(
      `PostgreSQL 15 or newer is needed (Debian: apt-get install postgresql); ${name}: ${done.error?.message ?? done.stderr}`,
    )
}

/** A port nobody listens on just now. */
export const freePort = (): Promise<number> =>
  new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => done(port))
    })
  })

export interface OwnPostgres {
  /** Connection text of its one database, as the superuser. */
  url: string
  stop(): void
}

/** A PostgreSQL of our own in a temporary folder, with its usual durability, gone when stopped. */
export async function startPostgres(): Promise<OwnPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'mingbai-pg-'))
  const user = postgresUser()
  if (user) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  runAs('initdb', ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'])
  const port = await freePort()
  const options = `-h 127.0.0.1 -p ${port} -k ${folder} -c max_connections=100 -c shared_buffers=256MB`
  runAs('pg_ctl', ['-D', data, '-l', join(folder, 'log'), '-o', options, '-w', 'start'])
  const stop = () => {
    if (!existsSync(folder)) return
    runAs('pg_ctl', ['-D', data, '-m', 'immediate', '-w', 'stop'])
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', stop)
  return { url: `postgresql://postgres@127.0.0.1:${port}/postgres`, stop }
}
