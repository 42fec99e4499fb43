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

it('every reason for a refusal has its sentence', () => {
  const codes = /RefusalCode =([\s\S]*?)\n\n|RefusalCode =([\s\S]*)$/.exec(
    readFileSync(`${ROOT}src/sync/fold/state.ts`, 'utf8'),
  )
  const all = [...(codes?.[0] ?? '').matchAll(/'([a-z-]+)'/g)].map((one) => one[1] ?? '')
  expect(all.length).toBeGreaterThan(8)
  for (const code of [...all, 'storage-full', 'storage-broken', 'not-entered', 'no-network', 'needs-login']) {
    const sentence = at(`refusal.${code}`)
    expect(typeof sentence === 'string' && sentence.endsWith('。'), code).toBe(true)
  }
})
