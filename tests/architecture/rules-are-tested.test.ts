import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from '#tests/support/planted-tree.ts'
import { MUTANTS } from '#tools/mutants/list/all.ts'

const collect = (files: string, id: RegExp) => {
  const found = new Map<string, string[]>()
  for (const file of globSync(files, { cwd: ROOT }))
    for (const [, one] of readFileSync(join(ROOT, file), 'utf8').matchAll(id))
      if (one !== undefined) found.set(one, [...(found.get(one) ?? []), file])
  return found
}

const written = collect('src/**/README.md', /^- \*\*([A-Z]{1,2}-\d+)\*\*/gm)
// Titles begin with what they are about, several rules or a database included: '[embedded] [I-6] …'.
const tested = collect('tests/**/*.test.ts', /(?<=['"`](?:\[[\w-]+\]\s*)*)\[([A-Z]{1,2}-\d+)\]/g)

it('every written rule is named by a test', () => {
  expect([...written.keys()].filter((id) => !tested.has(id)).sort()).toEqual([])
})

it('every rule that a test names is written down', () => {
  expect([...tested.keys()].filter((id) => !written.has(id)).sort()).toEqual([])
})

it('a rule is written in one place', () => {
  expect([...written].filter(([, files]) => files.length > 1)).toEqual([])
})

it('there are rules at all', () => {
  expect(written.size).toBeGreaterThan(20)
})

/** The promises of the protocol, by number. */
const INVARIANTS = Array.from({ length: 48 }, (_, at) => `I-${at + 1}`)
/** The lessons about capture, outbox, what is said of sync, storage, upgrade and counts; the others lie with what they are about. */
const LESSONS = [...Array.from({ length: 34 }, (_, at) => `L-${at + 1}`), 'L-40', 'L-44', 'L-45', 'L-46']

it('no promise of the protocol is missing, none is untested, and a planted bug breaks each', () => {
  const planted = new Set(MUTANTS.map((one) => one.invariant))
  const missing = (has: (id: string) => boolean) => INVARIANTS.filter((id) => !has(id))
  expect(missing((id) => written.has(id))).toEqual([])
  expect(missing((id) => tested.has(id))).toEqual([])
  expect(missing((id) => planted.has(id))).toEqual([])
})

/** The rules at the head of each title of a file. */
const titlesIn = (file: string): string[][] =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(/['"`]((?:\[[\w-]+\]\s*)+)/g)].map(([, head]) =>
    [...(head ?? '').matchAll(/[A-Z]+-\d+/g)].map(([id]) => id),
  )

/** Promises of trust that no planted bug breaks within minutes, each with what breaks it instead. */
const BROKEN_OTHERWISE: Readonly<Record<string, string>> = {
  'TR-38': 'the proof cuts the power of the embedded database as it comes as well, and that one must lose',
  'TR-42': 'the proof fills the disk, and whatever was promised is looked for',
}

it('a planted bug breaks every promise of trust: its own, or one that a test names together with it', () => {
  const broken = new Set(Object.keys(BROKEN_OTHERWISE))
  for (const { invariant, test } of MUTANTS) {
    broken.add(invariant)
    for (const title of titlesIn(test)) if (title.includes(invariant)) for (const id of title) broken.add(id)
  }
  const promises = [...written.keys()].filter((id) => id.startsWith('TR-'))
  expect(promises.filter((id) => !broken.has(id))).toEqual([])
})

it('no lesson about work that could be lost, or numbers that could be wrong, is missing or untested', () => {
  expect(LESSONS.filter((id) => !written.has(id) || !tested.has(id))).toEqual([])
})
