import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { shapesOf } from './canary.ts'

const ROOT = join(import.meta.dirname, '../../..')
const read = (...path: string[]): string => readFileSync(join(ROOT, ...path), 'utf8')

const all = (text: string, pattern: RegExp): string[] =>
  Array.from(text.matchAll(pattern), (found) => found[1] ?? '')

/** What people of the stories are called, the numbers they gave, and what the stories of the tests type: nobody else may write it down. */
export function personalWords(): string[] {
  const seeds = ['stories.yaml', 'world.yaml'].map((file) => read('seeds', 'demo', file)).join('\n')
  const tests = readdirSync(join(ROOT, 'tests', 'e2e'), { encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => read('tests', 'e2e', name))
    .join('\n')
  const words = [
    ...all(seeds, /\bname: ['"]?([\p{Script=Han}]{2,4})['"]?/gu),
    ...all(seeds, /\bphone: ['"]?([\d-]{7,})/g),
    ...all(seeds, /\b(?:facts|text|note|about|asked|terms): ['"]([^'"]{6,})['"]/g),
    ...all(tests, /\.fill\(\s*['"]([^'"]{3,})['"]/g),
    ...all(tests, /\bfill\([^,()]+,\s*['"]([^'"]{3,})['"]/g),
  ]
  return [...new Set(words)].filter((one) => !/^\d{1,6}$/.test(one))
}

const REQUEST_KEYS = ['level', 'time', 'reqId', 'method', 'route', 'status', 'ms', 'msg', 'err']
const JOB_KEYS = ['job', 'outcome', 'seconds', 'ok', 'counties', 'records', 'differences']
const KEYS = new Set([...REQUEST_KEYS, ...JOB_KEYS])
const ERROR_KEYS = new Set(['type', 'sqlState', 'cause', 'at'])

/** What one line of a server's log says besides what it may: anything but ids, codes and routes as declared, in plain letters. */
function strangeIn(line: string): string | null {
  if (!line.startsWith('{')) return null
  const said = JSON.parse(line) as Record<string, unknown>
  const odd = Object.keys(said).filter((key) => !KEYS.has(key))
  if (odd.length > 0) return `the key ${odd.join()}`
  const inError = Object.keys((said['err'] ?? {}) as object).filter((key) => !ERROR_KEYS.has(key))
  if (inError.length > 0) return `the key err.${inError.join()}`
  const { time: _time, ...rest } = said
  if (/[^\u0020-\u007e]/.test(JSON.stringify(rest))) return 'letters that are none of ours'
  return /(?<!\d)1[3-9]\d{9}(?!\d)|\d{17}[\dXx]/.test(JSON.stringify(rest))
    ? 'a number like that of a person'
    : null
}

/** Everything about people in what a server wrote: each word in every shape in which it might lie there, and lines that say more than they may. */
export function personalIn(bytes: Buffer, words: readonly string[]): string[] {
  const found: string[] = []
  for (const word of words)
    for (const [shape, needle] of Object.entries(shapesOf(word)))
      if (bytes.includes(needle)) found.push(`${word} as ${shape}`)
  for (const line of bytes.toString('utf8').split('\n')) {
    const strange = strangeIn(line)
    if (strange !== null) found.push(`a line with ${strange}`)
  }
  return [...new Set(found)]
}
