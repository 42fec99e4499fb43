import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { closure, filesOf, type Manifest } from './chunks.ts'

export interface Measured {
  name: string
  bytes: number
  limit: number
}

/** The page that shows the list, and the code that knows the database, by where they stand in the source. */
const ENTRY = 'index.html'
const START_PAGE = 'src/app/features/today/pages/TodayPage.vue'
const SECOND = /^src\/phone\//

const gzipped = (folder: string, files: readonly string[]): number =>
  files.reduce((sum, file) => sum + gzipSync(readFileSync(join(folder, file)), { level: 9 }).length, 0)

/**
 * Sizes of the built app against their budgets. What runs before the list shows is the entry, the start page and all that
 * these import at once; the second chunk is what the phone's database and engine add to that.
 * @param folder the built app, with Vite's manifest in it
 */
export function measureApp(folder: string): Measured[] {
  const manifest = JSON.parse(readFileSync(join(folder, '.vite/manifest.json'), 'utf8')) as Manifest
  const startPage = manifest[START_PAGE] ? [START_PAGE] : []
  const start = closure(manifest, [ENTRY, ...startPage])
  const late = Object.keys(manifest).filter((key) => SECOND.test(key) && manifest[key]?.isDynamicEntry)
  const second = [...closure(manifest, late)].filter((key) => !start.has(key))
  const first = filesOf(manifest, start)
  return [
    { name: 'JS run before the list shows, gz', bytes: gzipped(folder, first.scripts), limit: 110_000 },
    { name: 'CSS of the start, gz', bytes: gzipped(folder, first.styles), limit: 12_000 },
    {
      name: 'second chunk (database, engine), gz',
      bytes: gzipped(folder, filesOf(manifest, second).scripts),
      limit: 130_000,
    },
    {
      name: 'blocking script for theme and size',
      bytes: readFileSync(join(folder, 'first-paint.js')).length,
      limit: 1000,
    },
  ]
}
