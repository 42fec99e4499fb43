import { createHash } from 'node:crypto'
import { globSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** What goes into the built app and the compiled content; the server runs from source and needs no build. */
const SOURCES = [
  'src/{domain,sync,phone,app,worker}/**/*.{ts,vue,css,json}',
  'src/server/content/*.ts',
  'src/tools/content/**/*.ts',
  'src/tools/content.ts',
  'src/tools/build/*.ts',
  'seeds/**/*.{json,yaml,md}',
  'public/**/*.*',
  'index.html',
  'vite.config.ts',
  'package-lock.json',
]

/**
 * A short text that changes when any file that is built from changes, comes or goes. Sizes and times are compared, not
 * contents, because this runs before every start.
 * @param stage the content stage, since production leaves out what no lawyer has signed
 */
export function fingerprint(root: string, stage: string): string {
  const hash = createHash('sha256').update(stage)
  for (const file of globSync(SOURCES, { cwd: root }).sort()) {
    const { mtimeMs, size } = statSync(join(root, file))
    hash.update(`${file}\n${size}\n${mtimeMs}\n`)
  }
  return hash.digest('hex')
}
