import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from '#tests/support/planted-tree.ts'
import { MUTANTS } from '#tools/mutants/list/all.ts'
import { withBug } from '#tools/mutants/tree.ts'

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

it('[TR-59] every planted bug still finds its place, once, and changes it', () => {
  const lost = MUTANTS.flatMap((mutant) => {
    const planted = withBug(read(mutant.file), mutant)
    if (!planted.ok) return [`${mutant.id}: ${planted.reason}`]
    return planted.value === read(mutant.file) ? [`${mutant.id} changes nothing`] : []
  })
  expect(lost).toEqual([])
})

it('[TR-59] every planted bug names a test of its promise', () => {
  const untested = MUTANTS.filter(
    ({ test, invariant }) => !existsSync(join(ROOT, test)) || !read(test).includes(`[${invariant}]`),
  )
  expect(untested.map((one) => `${one.id}: ${one.test} has no [${one.invariant}]`)).toEqual([])
})

it('no two planted bugs have one name', () => {
  const ids = MUTANTS.map((one) => one.id)
  expect([...new Set(ids)]).toEqual(ids)
  expect(ids.length).toBeGreaterThan(40)
})

it('[TR-59] a place that is there twice, or not at all, is refused', () => {
  const mutant = { ...(MUTANTS[0] as (typeof MUTANTS)[number]), find: 'one', replace: 'two' }
  expect(withBug('one', mutant)).toEqual({ ok: true, value: 'two' })
  expect([withBug('one one', mutant).ok, withBug('nought', mutant).ok]).toEqual([false, false])
})
