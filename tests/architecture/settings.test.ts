import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from '#tests/support/planted-tree.ts'

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')

/** Every variable that the project's own code reads: `env['X']`, `env.X`, or by the reader of the server's settings. */
const inCode = globSync('src/**/*.{ts,mjs}', { cwd: ROOT }).flatMap((file) =>
  [...read(file).matchAll(/(?:env\['|env\.|text\(env, ')([A-Z][A-Z_]+)/g)].map((one) => one[1] as string),
)
const OF_THE_SYSTEM = ['PATH', 'VITEST', 'DEV', 'PROD', 'NODE_ENV', 'FORCE_COLOR', 'NO_COLOR']
const used = new Set(inCode.filter((name) => !OF_THE_SYSTEM.includes(name)))

const table = read('README.md')
  .split('\n')
  .filter((line) => line.startsWith('| `') && !line.includes('npm '))
const written = new Set(
  table.flatMap((line) =>
    [...(line.split('|')[1] ?? '').matchAll(/`([A-Z_]+)`/g)].map((one) => one[1] as string),
  ),
)

it('every setting the code reads stands in the README’s table', () => {
  expect([...used].filter((name) => !written.has(name)).sort()).toEqual([])
})

it('every setting of the README’s table is read', () => {
  expect([...written].filter((name) => !used.has(name)).sort()).toEqual([])
})

it('every command that the README names is there', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const named = [...read('README.md').matchAll(/`npm (?:run )?([a-z]+)/g)].map((one) => one[1] as string)
  expect(named.length).toBeGreaterThan(5)
  expect(named.filter((name) => !scripts[name])).toEqual([])
})

it('every command is a file that is there', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const files = Object.values(scripts).flatMap((line) => line.match(/src\/tools\/[\w-]+\.\w+/g) ?? [])
  expect(files.filter((file) => globSync(file, { cwd: ROOT }).length === 0)).toEqual([])
})
