import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterAll, describe } from 'vitest'
import type { Id } from '#domain/id.ts'
import type { RegionCode } from '#domain/region/code.ts'
import { sqlSyncDatabase } from '#server/repositories/sync/sync-database.ts'
import type { RegionFacts, SyncDatabase } from '#server/repositories/sync/tables.ts'
import { openTestDatabase, stopCluster } from './databases.ts'
import { MemorySync } from './memory-sync.ts'
import { NOW } from './server-world.ts'

interface Kept {
  op: unknown
  askedAt: number | null
  givenUpAt: number | null
  note: string
}

/** A sync database of any kind, with what accounts and operators would do around it. */
export interface SyncBed {
  database: SyncDatabase
  addDevice(person: Id): Promise<number>
  setRegion(code: RegionCode, facts?: RegionFacts): Promise<void>
  /** A refused op as it is kept. */
  refused(device: number, n: number): Promise<Kept | null>
  close(): Promise<void>
}

/** A bed in memory; its devices are numbered from 1. */
function memoryBed(): SyncBed & { memory: MemorySync } {
  let devices = 0
  const memory = new MemorySync({ clock: () => NOW, newEpoch: randomUUID })
  return {
    database: memory,
    memory,
    async addDevice(person) {
      memory.addDevice(++devices, person)
      return devices
    },
    async setRegion(code, facts) {
      memory.setRegion(code, facts)
    },
    async refused(device, n) {
      const found = [...memory.state.refused.values()].find((one) => one.device === device && one.n === n)
      if (!found) return null
      const { op, askedAt, givenUpAt, note } = found
      return { op, askedAt, givenUpAt, note }
    },
    close: async () => {},
  }
}

async function sqlBed(kind: 'embedded' | 'postgresql'): Promise<SyncBed> {
  const database = await openTestDatabase(kind)
  return {
    database: sqlSyncDatabase(database),
    addDevice: (person) =>
      database.as('accounts', {}, async (tx) => {
        await tx.execute(sql`INSERT INTO person (id, name) VALUES (${person}, '示例') ON CONFLICT DO NOTHING`)
        await tx.execute(
          sql`INSERT INTO account (id, person) VALUES (${person}, ${person}) ON CONFLICT DO NOTHING`,
        )
        const { rows } = await tx.execute<{ id: number }>(
          sql`INSERT INTO device (account, state) VALUES (${person}, 'confirmed') RETURNING id`,
        )
        return rows[0]?.id ?? 0
      }),
    setRegion: (code, facts = { validTo: null, mergedInto: null }) =>
      database.as('accounts', {}, async (tx) => {
        await tx.execute(sql`
          INSERT INTO region (code, name, short, valid_to, merged_into)
          VALUES (${code}, '示例', '示例', ${facts.validTo}, ${facts.mergedInto})
          ON CONFLICT (code) DO UPDATE SET valid_to = excluded.valid_to, merged_into = excluded.merged_into`)
      }),
    refused: (device, n) =>
      database.as('owner', {}, async (tx) => {
        const ms = (name: string) => sql.raw(`(extract(epoch FROM ${name}) * 1000)::bigint`)
        const { rows } = await tx.execute<Kept & Record<string, unknown>>(sql`
          SELECT op, ${ms('asked_at')} AS "askedAt", ${ms('given_up_at')} AS "givenUpAt", note FROM op_refused
          WHERE device = ${device} AND n = ${n}`)
        return rows[0] ?? null
      }),
    close: () => database.close(),
  }
}

/** The same tests on every implementation of the port; there is no way to leave one out. */
export function onEverySyncDatabase(name: string, tests: (open: () => Promise<SyncBed>) => void): void {
  describe.each(['memory', 'embedded', 'postgresql'] as const)(`${name} (%s)`, (kind) => {
    const opened: SyncBed[] = []
    afterAll(async () => {
      for (const one of opened) await one.close()
      if (kind === 'postgresql') await stopCluster()
    })
    tests(async () => {
      const bed = kind === 'memory' ? memoryBed() : await sqlBed(kind)
      opened.push(bed)
      return bed
    })
  })
}
