import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from '#tests/support/planted-tree.ts'

/** Files that are or would be committed: tracked ones, and new ones that are not ignored. */
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\0')
  .filter((one) => one !== '')
const TEXT = /\.(ts|mjs|cjs|js|vue|css|html|json|ya?ml|md|tsv|csv|sql|svg|webmanifest|run)$/
const texts = files
  .filter((file) => TEXT.test(file) && file !== 'package-lock.json')
  .map((file): [string, string] => [file, readFileSync(join(ROOT, file), 'utf8')])
const matching = (pattern: RegExp, under: RegExp) =>
  texts.filter(([file, text]) => under.test(file) && pattern.test(text)).map(([file]) => file)

const FOLDERS = ['public', 'seeds', 'src', 'tests']
const TOP_FILES = [
  'LICENSE',
  'README.md',
  'index.html',
  'package-lock.json',
  'package.json',
  'tsconfig.json',
  'vite.config.ts',
]
const ROOMS = ['app', 'domain', 'phone', 'server', 'sync', 'tools', 'worker']

it('the top level has no other folder or file than the house has', () => {
  const top = [...new Set(files.map((file) => file.split('/')[0] as string))].filter(
    (one) => !one.startsWith('.'),
  )
  const folders = [
    ...new Set(files.filter((file) => file.includes('/')).map((file) => file.split('/')[0] as string)),
  ]
  expect(folders.filter((one) => !one.startsWith('.')).sort()).toEqual(FOLDERS)
  expect(top.filter((one) => !FOLDERS.includes(one) && !TOP_FILES.includes(one))).toEqual([])
})

it('src has the rooms of its table and each has a README', () => {
  const rooms = new Set(
    files.filter((file) => /^src\/[^/]+\//.test(file)).map((file) => file.split('/')[1] as string),
  )
  expect([...rooms].sort()).toEqual(ROOMS)
  expect(ROOMS.filter((room) => !files.includes(`src/${room}/README.md`))).toEqual([])
})

it('no file is called utils, helpers, misc or common, and none gathers others', () => {
  expect(files.filter((file) => /^src\/.*\/(utils|helpers|misc|common|index)\.[a-z]+$/.test(file))).toEqual(
    [],
  )
})

it('no file knows where it lies on a machine', () => {
  // One letter of each stands in brackets so that this file does not report itself.
  const paths = /\/(hom[e]|User[s]|roo[t]|wor[k])\/|[A-Z]:\\\\/
  expect(matching(paths, /./)).toEqual([])
})

it('nothing is typed any, and no compiler error is hushed', () => {
  expect(matching(/@ts-(ignore|nocheck)|(:|<|\bas) ?any\b[^a-z ]/, /^src\/.*\.(ts|vue)$/)).toEqual([])
})

it('no compiled template takes raw HTML', () => {
  expect(
    matching(/v-html|innerHTML|insertAdjacentHTML|document\.write/, /^src\/(app|worker|phone)\//),
  ).toEqual([])
})

it('nothing is loaded from another host', () => {
  const loads =
    /(src|href|url|import|fetch|from|action)\s*[=(:]?\s*\(?\s*['"`](https?:)?\/\/(?!localhost|127\.0\.0\.1|www\.w3\.org)/
  expect(
    matching(loads, /^(src\/(app|worker|phone)\/|index\.html|public\/).*\.(ts|vue|css|html|svg)$/),
  ).toEqual([])
})
