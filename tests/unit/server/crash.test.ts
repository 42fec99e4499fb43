import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { crashLine } from '#server/crash.ts'
import { ROOT } from '#tests/support/planted-tree.ts'

const NAME = '段长根'

/** As a database's driver and the query builder around it say it. */
function failed(): Error {
  const cause = Object.assign(new Error(`Key (name)=(${NAME}) already exists.`), {
    code: '23505',
    detail: NAME,
  })
  return new Error(`Failed query: INSERT INTO person VALUES ($1)\nparams: ${NAME}`, { cause })
}

it('[TR-46] an error that nobody foresaw is told by its sort and place, never by its words or what it choked on', () => {
  const line = crashLine(failed())
  expect(line).not.toContain(NAME)
  expect(line).not.toContain('INSERT')
  expect(line).toContain('(Error 23505 Error)')
  expect(line).toMatch(/\n {4}at .*crash\.test\.ts:\d+/)
  expect(crashLine(NAME)).not.toContain(NAME)
})

const run = (args: readonly string[]) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8', cwd: ROOT })
  return {
    status,
    names: (stdout + stderr).includes(NAME),
    unforeseen: stderr.includes('that nobody foresaw'),
  }
}
const TOLD = { status: 1, names: false, unforeseen: true }

it.each([[['src/server/main.ts']], [['src/tools/admin.ts', 'county', '999901']]])(
  '[TR-46] %s ends of one without a word of it',
  (program) => {
    // What it reads first fails in a way that nothing in it expects.
    const plant = `process.env = new Proxy(process.env, { get(env, name) { if (name === 'MINGBAI_DEMO') throw new Error('${NAME}'); return env[name] } })`
    expect(run(['--import', `data:text/javascript,${encodeURIComponent(plant)}`, ...program])).toEqual(TOLD)
  },
)

it.each(['throw new Error(NAME)', 'void Promise.reject(new Error(NAME))'])(
  '[TR-46] what nobody catches ends a program without a word of it: %s',
  (fault) => {
    const code = `import { sayNoMoreAtCrash } from './src/server/crash.ts'
      const NAME = '${NAME}'
      sayNoMoreAtCrash()
      setTimeout(() => { ${fault} }, 0)`
    expect(run(['--input-type=module', '-e', code])).toEqual(TOLD)
  },
)
