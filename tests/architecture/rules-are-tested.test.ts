import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from '#tests/support/planted-tree.ts'

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
