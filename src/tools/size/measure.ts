import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { closure, filesOf, type Manifest } from './chunks.ts'

export interface Measured {
  name: string
  bytes: number
  limit: number
}

/** The page's own entry, which brings 今天 with it, and the code that knows the database and the engine, by where they stand in the source. */
const ENTRY = 'index.html'
const SECOND = 'src/app/open-notebook.ts'
const WORKER = 'service-worker.js'

const gzipped = (folder: string, files: readonly string[]): number =>
  files.reduce((sum, file) => sum + gzipSync(readFileSync(join(folder, file)), { level: 9 }).length, 0)

/**
 * Sizes of the built app against their budgets. What runs before the list shows is the entry and all that it
 * imports at once; the second chunk is what the phone's database and engine add to that.
 * @param folder the built app, with Vite's manifest in it
 */
export function measureApp(folder: string): Measured[] {
  const manifest = JSON.parse(readFileSync(join(folder, '.vite/manifest.json'), 'utf8')) as Manifest
  const start = closure(manifest, [ENTRY])
  const second = [...closure(manifest, [SECOND])].filter((key) => !start.has(key))
  const first = filesOf(manifest, start)
  return [
    { name: 'JS run before the list shows, gz', bytes: gzipped(folder, first.scripts), limit: 110_000 },
    { name: 'CSS of the start, gz', bytes: gzipped(folder, first.styles), limit: 12_000 },
    {
      name: 'second chunk (database, engine), gz',
      bytes: gzipped(folder, filesOf(manifest, second).scripts),
      limit: 130_000,
    },
    // It is fetched whole before the app works without a network, and again with every release.
    {
      name: 'service worker, gz',
      bytes: gzipped(folder, [WORKER]),
      limit: 34_000,
    },
    {
      name: 'blocking script for theme and size',
      bytes: readFileSync(join(folder, 'first-paint.js')).length,
      limit: 1000,
    },
  ]
}
