import { chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { freePort, postgresUser, runAs } from '../steps/postgres.ts'

export interface Cluster {
  folder: string
  port: number
  /** Connection text of a database; as the superuser when no login is named. */
  url(database: string, login?: string): string
  stop(): void
}

/** Runs statements as one connection of its own. */
export async function administer(url: string, statements: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statements)
  } finally {
    await client.end()
  }
}

/** A PostgreSQL cluster of our own in a temporary folder, with its logins: mb_test_owner may migrate, mb_test_app may not. */
export async function startCluster(): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'mb-pg-'))
  const user = postgresUser()
  if (user) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  runAs('initdb', ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'])
  const port = await freePort()
  const options = `-h 127.0.0.1 -p ${port} -k ${folder} -c max_connections=60 -c shared_buffers=64MB`
  runAs('pg_ctl', ['-D', data, '-l', join(folder, 'log'), '-o', options, '-w', 'start'])
  const stop = () => {
    if (!existsSync(folder)) return
    runAs('pg_ctl', ['-D', data, '-m', 'immediate', '-w', 'stop'])
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
