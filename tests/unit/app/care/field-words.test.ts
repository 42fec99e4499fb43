import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CATALOGUE } from '#sync/catalogue/catalogue.ts'
import { SERVER_OPS } from '#sync/catalogue/attachment-commands.ts'
import { FIELD_CLASSES, isTyped } from '#sync/fold/field-classes.ts'
import type { Kind } from '#domain/record/kind.ts'
import { fieldsOf, KNOWN_OPS, opWords, saidIn, standingOf, wordsOfField } from '#app/field-words.ts'

type Tree = { [key: string]: Tree | string }
const textOf = (name: string): Tree =>
  JSON.parse(
    readFileSync(new URL(`../../../../src/app/text/zh-CN/${name}.json`, import.meta.url), 'utf8'),
  ) as Tree
const texts: Tree = Object.fromEntries(
  ['care', 'dispute', 'record', 'small'].map((name) => [name, textOf(name)]),
)
const at = (path: string): Tree | string | undefined =>
  path
    .split('.')
    .reduce<Tree | string | undefined>(
      (here, part) => (typeof here === 'object' ? here[part] : undefined),
      texts,
    )

const KINDS = Object.keys(FIELD_CLASSES) as Kind[]
/** Chosen by lists of their own or derived: nobody types them, and they are told as 别的. */
const NOT_TYPED = [
  'topic',
  'sixEntries',
  'campaign',
  'materials',
  'content',
  'woman',
  'posts',
  'level',
  'serves',
  'from',
  'to',
  'flags',
]

describe('fields in words', () => {
  it('has a word for every op that a person can make', () => {
    const ops = [...CATALOGUE.keys()].filter((op) => !SERVER_OPS.includes(op))
    expect(ops.filter((op) => !KNOWN_OPS.includes(op))).toEqual([])
    for (const op of ops) expect(typeof at(opWords(op)), op).toBe('string')
    expect(at(opWords('of-a-newer-build'))).toBe('一处改动')
  })

  it('has a label for every field that people type, and words for every choice', () => {
    for (const kind of KINDS)
      for (const field of Object.keys(FIELD_CLASSES[kind]).filter((one) => isTyped(kind, one)))
        expect(wordsOfField(kind, field) !== null || NOT_TYPED.includes(field), `${kind}.${field}`).toBe(true)
    const all = KINDS.flatMap((kind) =>
      ['create', ...KNOWN_OPS].flatMap((op) => Object.values(fieldsOf(kind, op))),
    )
    const keys = all.flatMap(({ label, saying }) => [
      `care.field.${label}`,
      ...('options' in saying ? saying.options.map((option) => `${saying.words}.${option}`) : []),
    ])
    expect([...new Set(keys)].filter((key) => typeof at(key) !== 'string')).toEqual([])
  })

  it('names one side of a dispute among its parties', () => {
    expect(wordsOfField('dispute', 'parties/0193')).toEqual({ label: 'party', saying: { as: 'party' } })
    expect(wordsOfField('dispute', 'no-such-field')).toBeNull()
  })

  it('tells what was said and leaves out what was not', () => {
    const said = saidIn('dispute', 'dispute.write', {
      on: '2026-11-20',
      terms: '三天内通开',
      performBy: null,
      amountYuan: 0,
    })
    expect(said.map((one) => one.words.label)).toEqual(['terms', 'amountYuan', 'on'])
    expect(saidIn('service', 'create', { asked: '怎么要', who: '' }).map((one) => one.words.label)).toEqual([
      'asked',
    ])
  })

  it('puts beside a correction what the record says in the same fields', () => {
    const body = { asked: '工钱', who: '赵大河', answer: 'later' }
    expect(standingOf('service', 'patch', { who: '赵大江' }, body).map((one) => one.value)).toEqual([
      '赵大河',
    ])
    expect(standingOf('dispute', 'dispute.tell', { on: '2026-11-20' }, { on: 'x' })).toEqual([])
  })
})
