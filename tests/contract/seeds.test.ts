import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { DisputeTypeSchema } from '#domain/dispute/type.ts'
import { MetricSchema } from '#domain/metric/metric.ts'
import { KindSchema } from '#domain/record/kind.ts'
import { parseRegionTable } from '#domain/region/table.ts'
import { ROOT } from '#tests/support/planted-tree.ts'

const read = (file: string) => readFileSync(join(ROOT, 'seeds', file), 'utf8')
const name = v.pipe(v.string(), v.trim(), v.minLength(1))
const source = v.pipe(v.string(), v.minLength(20))
const expectUnique = (list: readonly string[]) => expect(new Set(list).size).toBe(list.length)

it('the official dispute types fit their schema and say where they are from', () => {
  const schema = v.strictObject({
    source,
    types: v.array(
      v.strictObject({ code: DisputeTypeSchema, name: v.pipe(name, v.endsWith('纠纷')), english: name }),
    ),
  })
  const { types } = v.parse(schema, JSON.parse(read('dispute-types.json')))
  expectUnique(types.map((one) => one.code))
  expectUnique(types.map((one) => one.name))
})

it('the village words fit their schema and say where they are from', () => {
  const word = v.strictObject({
    id: v.pipe(v.string(), v.regex(/^[a-z][a-z-]*$/)),
    word: v.pipe(name, v.maxLength(6)),
    english: name,
    type: DisputeTypeSchema,
    first: v.boolean(),
  })
  const { words } = v.parse(
    v.strictObject({ source, words: v.array(word) }),
    JSON.parse(read('village-words.json')),
  )
  expectUnique(words.map((one) => one.id))
})

it('the metrics fit their schema, and each names a record kind whose list stands behind it', () => {
  const { metrics } = v.parse(
    v.object({ metrics: v.array(MetricSchema) }),
    JSON.parse(read('metrics/metrics.json')),
  )
  expectUnique(metrics.map((one) => one.id))
  expect(metrics.filter((one) => !v.is(KindSchema, one.lists)).map((one) => one.id)).toEqual([])
})

it('the region table is whole', () => {
  expect(parseRegionTable(read('regions/national.tsv')).ok).toBe(true)
})
