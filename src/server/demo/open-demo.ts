import { join } from 'node:path'
import type { RegionCode } from '#domain/region/code.ts'
import { dayOf } from '#domain/time/day.ts'
import { isDemoData } from '../accounts/demo.ts'
import { loadContent } from '../content/load-content.ts'
import type { Database } from '../database/database.ts'
import { CannotStart } from '../database/refused.ts'
import type { FieldKeys } from '../privacy/field-keys.ts'
import { sealedDatabase } from '../privacy/sealed-database.ts'
import { sqlSyncDatabase } from '../repositories/sync/sync-database.ts'
import type { SyncDatabase } from '../repositories/sync/tables.ts'
import type { RouteDefinition } from '../routes/route.ts'
import { entryPageRoutes } from './entry/entry-routes.ts'
import { isDemoLoaded, loadDemo, type Progress } from './load-demo.ts'
import { resetDemo } from './reset-demo.ts'
import { readDemoSeeds } from './seed-files.ts'

const SEEDS = join(import.meta.dirname, '..', '..', '..', 'seeds')

/** The demo as the server needs it: its own routes, and the village in which its visitors are. */
export interface OpenDemo {
  routes: RouteDefinition[]
  homeVillage: RegionCode | null
}

/** One line that counts up on a terminal; in a file, one line when it is done. */
function progressLine(): { show: Progress; end(took: number, ops: number): void } {
  let shown = -1
  return {
    show(done, of) {
      const percent = Math.floor((done / of) * 100)
      if (!process.stdout.isTTY || percent === shown) return
      shown = percent
      process.stdout.write(`\r明白: loading the demo world, ${percent} %`)
    },
    end(took, ops) {
      const start = process.stdout.isTTY ? '\r' : ''
      process.stdout.write(
        `${start}明白: the demo world is there: ${ops} entries handed in, ${(took / 1000).toFixed(1)} s\n`,
      )
    },
  }
}

async function bringUp(database: Database, tables: SyncDatabase, clock: () => number): Promise<void> {
  if (await isDemoLoaded(database)) return
  const line = progressLine()
  // A place that was marked but never finished was stopped while loading: half a world is put back whole.
  const done = (await isDemoData(database))
    ? await resetDemo(database, clock, line.show, tables)
    : await loadDemo(database, clock, line.show, undefined, tables)
  if (!done.ok)
    throw new CannotStart(
      'not-a-demo',
      'this data holds work that is not the demo’s; choose another folder with MINGBAI_DATA, or start with MINGBAI_DEMO=0.',
    )
  line.end(done.value.tookMs, done.value.ops)
}

/**
 * Makes sure that the demo world is there, loading it into an empty place with one line of progress, and gives the demo's routes.
 * Throws `CannotStart` for a place that holds other work.
 * @param clock epoch ms
 * @param mainPort port of the entry page, asked for late
 * @param fields seal numbers of people, invented ones too
 */
export async function openDemo(
  database: Database,
  clock: () => number,
  mainPort: () => number,
  fields: FieldKeys,
): Promise<OpenDemo> {
  const seeds = readDemoSeeds()
  const tables = sealedDatabase(sqlSyncDatabase(database), fields)
  await bringUp(database, tables, clock)
  const loaded = await loadContent(SEEDS, dayOf(clock()))
  // Faulty content stops the start where it is opened, with its own sentence; the entry page only does without it.
  const content = loaded.ok
    ? loaded.value
    : { items: [], calendar: { place: '', seasons: [], campaigns: [] } }
  const home = seeds.world.people.find((one) => one.key === seeds.world.doors[0]?.person)
  return {
    routes: entryPageRoutes({ database, tables, clock, mainPort, seeds, content }),
    homeVillage: home?.at ?? null,
  }
}

/** Lines that say where each person of the demo is met, for the terminal. @param url address of the entry page */
export function doorLines(url: string): string[] {
  const { world } = readDemoSeeds()
  const at = new URL(url)
  return world.doors.map((door) => {
    const one = world.people.find((person) => person.key === door.person)
    return `  ${one?.called ?? one?.name ?? ''}  ${at.protocol}//${at.hostname}:${Number(at.port) + door.offset}/app/${one?.coordinates ? 'desk' : ''}`
  })
}
