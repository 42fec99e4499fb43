import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
type Tree = { [key: string]: Tree | string }

const words: Tree = Object.fromEntries(
  globSync('src/app/text/zh-CN/*.json', { cwd: ROOT }).map((file) => [
    basename(file, '.json'),
    JSON.parse(readFileSync(ROOT + file, 'utf8')) as Tree,
  ]),
)
function at(path: string): Tree | string | undefined {
  let here: Tree | string | undefined = words
  for (const part of path.split('.')) here = typeof here === 'object' ? here[part] : undefined
  return here
}

const sources = globSync('src/app/**/*.{vue,ts}', { cwd: ROOT }).map((file) => ({
  file,
  text: readFileSync(ROOT + file, 'utf8'),
}))

describe('words that components ask for', () => {
  it('stand in the text files', () => {
    const missing: string[] = []
    for (const { file, text } of sources) {
      for (const [, key] of text.matchAll(/\bt\(\s*'([\w.-]+)'/g))
        if (typeof at(key ?? '') !== 'string') missing.push(`${file}: ${key}`)
      // Of a key that is put together, at least the place it is looked up in must be there.
      for (const [, prefix] of text.matchAll(/\bt\(\s*`([\w.-]+)\.\$\{/g))
        if (typeof at(prefix ?? '') !== 'object') missing.push(`${file}: ${prefix}.*`)
    }
    expect(missing).toEqual([])
  })

  it('come with the route that needs them', () => {
    const start = ['shell', 'sync', 'today', 'date', 'word']
    const named = new Set(
      sources
        .filter(({ file }) => file.endsWith('routes.ts'))
        .flatMap(({ text }) => [...text.matchAll(/'([a-z-]+)'/g)].map((one) => one[1])),
    )
    const used = new Set(
      sources.flatMap(({ text }) =>
        [...text.matchAll(/\bt\(\s*['`]([a-z-]+)\./g)].map((one) => one[1] ?? ''),
      ),
    )
    expect([...used].filter((screen) => !start.includes(screen) && !named.has(screen))).toEqual([])
  })
})

/** Reason codes that stand in source files as `refuse('…')`, `refusal(…, '…')` or in the type of refusals. */
function codesIn(pattern: string, found: RegExp): string[] {
  return globSync(pattern, { cwd: ROOT }).flatMap((file) =>
    [...readFileSync(ROOT + file, 'utf8').matchAll(found)].map((one) => one[1] ?? ''),
  )
}

/** Said of a backup file, on its own page. */
const OF_BACKUPS = [
  'wrong-passphrase',
  'weak-passphrase',
  'not-a-backup',
  'newer-backup',
  'damaged',
  'other-person',
]

it('every reason for a refusal has its sentence', () => {
  const state = readFileSync(`${ROOT}src/sync/fold/state.ts`, 'utf8')
  const type = state.slice(state.indexOf('RefusalCode ='))
  const all = new Set([
    ...[...type.matchAll(/\| '([a-z-]+)'/g)].map((one) => one[1] ?? ''),
    ...codesIn('src/{sync,phone}/**/*.ts', /\brefuse\('([a-z-]+)'/g),
    ...codesIn('src/server/services/sync/*.ts', /\brefusal\(.*?'([a-z-]+)'/g),
    ...codesIn('src/sync/protocol/op.ts', /^\s+'(quarantined|rejected|fork|blocked|later)'/gm),
    'storage-full',
    'storage-broken',
    'not-entered',
    'no-network',
    'needs-login',
  ])
  expect(all.size).toBeGreaterThan(24)
  for (const code of OF_BACKUPS) {
    expect(String(at(`safe.take.refusal.${code}`)), code).toMatch(/。$/)
    all.delete(code)
  }
  // An order that is not one for this phone is left alone, and nobody is told.
  for (const code of codesIn('src/sync/protocol/directive.ts', /\brefuse\('([a-z-]+)'/g)) all.delete(code)
  const missing = [...all].filter((code) => !String(at(`refusal.${code}`) ?? '').endsWith('。'))
  expect(missing).toEqual([])
})
