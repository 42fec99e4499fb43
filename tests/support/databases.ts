import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe } from 'vitest'
import type { Database } from '#server/database/database.ts'
import { makeTemplate, openInMemory } from '#server/database/embedded.ts'
import { migrationsKey } from '#server/database/migrate.ts'
import { openPostgres } from '#server/database/postgresql.ts'
import { administer, startCluster, type Cluster } from '#tools/prove/cluster.ts'

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
