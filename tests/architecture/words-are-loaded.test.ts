import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from '#tests/support/planted-tree.ts'

const app = join(ROOT, 'src/app')
const source = (file: string): string => readFileSync(file, 'utf8')

/** Words that come with the shell. */
const ALWAYS = [
  ...(/const ALWAYS = \[(.*)\]/.exec(source(join(app, 'text.ts')))?.[1] ?? '').matchAll(/'(\w+)'/g),
].map((one) => one[1] as string)

const SCREENS = new Map(
  globSync('text/zh-CN/*.json', { cwd: app }).map((file) => [
    basename(file, '.json'),
    JSON.parse(source(join(app, file))) as unknown,
  ]),
)

/** Whether there are words under this dotted key; the last part may be the beginning of one. */
function isKey(key: string, isBeginning: boolean): boolean {
  const parts = key.split('.')
  const last = parts.pop() as string
  let at: unknown = SCREENS.get(parts.shift() as string)
  for (const part of parts) at = (at as Record<string, unknown> | undefined)?.[part]
  if (typeof at !== 'object' || at === null) return false
  return isBeginning ? Object.keys(at).some((one) => one.startsWith(last)) : last in at
}

/** Screens whose words a file names, as a whole key or as the beginning of one. */
function named(text: string): string[] {
  const found = [...text.matchAll(/['"`]([a-z][\w-]*)\.([\w.-]*)(['"`]|\$\{)/g)]
  return found
    .filter(
      ([, screen, rest, end]) => SCREENS.has(screen as string) && isKey(`${screen}.${rest}`, end === '${'),
    )
    .map((one) => one[1] as string)
}

/** Screens whose words a file loads by itself. */
const loaded = (text: string): string[] =>
  [...text.matchAll(/loadText\(\[([^\]]*)\]\)/g)].flatMap(([, list]) =>
    [...(list ?? '').matchAll(/'(\w+)'/g)].map((one) => one[1] as string),
  )

/** Files that a file of the app reads, now or later. */
function imports(file: string, text: string): string[] {
  const here = dirname(file)
  const plain = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((one) =>
    join(here, one[1] as string),
  )
  const globs = [...text.matchAll(/import\.meta\.glob[^(]*\(\s*'(\.[^']+)'/g)].flatMap((one) =>
    globSync(one[1] as string, { cwd: here }).map((found) => join(here, found)),
  )
  return [...plain, ...globs].filter((one) => /\.(ts|vue)$/.test(one) && existsSync(one))
}

/** Every file behind a page; other pages are behind their own routes. */
function behind(file: string, into = new Set<string>()): Set<string> {
  if (into.has(file) || file.endsWith('/routes.ts')) return into
  into.add(file)
  for (const next of imports(file, source(file))) behind(next, into)
  return into
}

const words = (list: string): string[] => [...list.matchAll(/'(\w+)'/g)].map((one) => one[1] as string)

/** Each page with the screens whose words its route asks for. */
function pagesOf(routes: string): { page: string; asked: string[]; own: string }[] {
  const text = source(routes)
  const consts = new Map(
    [...text.matchAll(/const (\w+) = (\[[^\]]*\]|\{[^}]*\})/g)].map((one) => [
      one[1] as string,
      one[2] as string,
    ]),
  )
  const spread = (piece: string): string => {
    const list = /\btext(?:: (\[[^\]]*\]|\w+))?(?=[,\s}])/.exec(piece)
    const base = /\.\.\.(\w+)/.exec(piece)?.[1]
    if (!list) return base === undefined ? '' : spread(consts.get(base) ?? '')
    return (list[1] ?? 'text').replace(
      /(?:\.\.\.)?\b([A-Z]+|text)\b/g,
      (_, name: string) => consts.get(name) ?? '',
    )
  }
  const atOnce = new Map(
    [...text.matchAll(/import (\w+) from '([^']+)'/g)].map((one) => [one[1], one[2] as string]),
  )
  return text
    .split(/(?=\bpath: )/)
    .slice(1)
    .flatMap((piece) => {
      const from = /import\('([^']+)'\)/.exec(piece)?.[1] ?? atOnce.get(/component: (\w+)/.exec(piece)?.[1])
      return from ? [{ page: join(dirname(routes), from), asked: words(spread(piece)), own: piece }] : []
    })
}

it('every page has the words that it shows', () => {
  const shell = { page: join(app, 'App.vue'), asked: [], own: '' }
  const routed = globSync('features/*/routes.ts', { cwd: app }).flatMap((file) => pagesOf(join(app, file)))
  const pages = [shell, ...routed]
  expect(pages.length).toBeGreaterThan(30)
  expect(ALWAYS).toContain('today')
  const missing = pages.flatMap(({ page, asked, own }) => {
    const files = [...behind(page)].map((file) => ({ file, text: source(file) }))
    const there = new Set([...ALWAYS, ...asked, ...files.flatMap(({ text }) => loaded(text))])
    const wanted = [{ file: page, text: own }, ...files]
    return wanted.flatMap(({ file, text }) =>
      named(text)
        .filter((screen) => !there.has(screen))
        .map((screen) => `${relative(app, page)}: ${relative(app, file)} shows words of ${screen}`),
    )
  })
  expect([...new Set(missing)]).toEqual([])
})

it('every word that is asked for by name is there', () => {
  const files = globSync('**/*.{ts,vue}', { cwd: app })
  const asked = files.flatMap((file) =>
    [...source(join(app, file)).matchAll(/\bt\(\s*'([\w.-]+)'|keypath="([\w.-]+)"/g)].map((one) => ({
      file,
      key: (one[1] ?? one[2]) as string,
    })),
  )
  expect(asked.length).toBeGreaterThan(500)
  expect(asked.filter(({ key }) => !isKey(key, false))).toEqual([])
})
