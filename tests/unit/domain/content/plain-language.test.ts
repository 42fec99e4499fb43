import { beforeAll, describe, expect, it } from 'vitest'
import { itemFaults } from '#domain/content/check-item.ts'
import type { Block } from '#domain/content/block.ts'
import type { ContentItem } from '#domain/content/content-item.ts'
import {
  bareTermsIn,
  beginsWithVerb,
  lengthOf,
  officialeseIn,
  plainFaults,
  sentencesOf,
} from '#domain/content/plain-language.ts'
import { SHARE_ALPHABET, ShareCodeSchema, readShareCode } from '#domain/content/share-code.ts'
import * as v from 'valibot'
import type { LoadedContent } from '#server/content/load-content.ts'
import { seededContent, TODAY } from './seeds.ts'

let content: LoadedContent
let base: ContentItem
beforeAll(async () => {
  content = await seededContent()
  const found = content.items.find((one) => one.slug === 'pai-shui')
  if (!found) throw new Error('pai-shui')
  base = found
})

const withBlock = <K extends Block['kind']>(
  kind: K,
  change: Partial<Extract<Block, { kind: K }>>,
): ContentItem => ({
  ...base,
  blocks: base.blocks.map((block) => (block.kind === kind ? ({ ...block, ...change } as Block) : block)),
})
const without = (kind: Block['kind']): ContentItem => ({
  ...base,
  blocks: base.blocks.filter((one) => one.kind !== kind),
})
const reasons = (item: ContentItem) => itemFaults(item, content.registry, TODAY).map((one) => one.reason)

describe('the skeleton of an item', () => {
  it('[D-65] answer, steps, citation and who can help are all needed', () => {
    expect(reasons(base)).toEqual([])
    expect(reasons(without('answer'))).toContain('answer-missing')
    expect(reasons(without('steps'))).toContain('steps-missing')
    expect(reasons(without('basis'))).toContain('basis-missing')
    expect(reasons(without('help'))).toContain('help-missing')
    expect(reasons(withBlock('help', { slots: [] }))).toContain('help-missing')
  })

  it('[D-66] holds title, answer and steps to their form', () => {
    expect(reasons({ ...base, title: '邻居堵了我家排水沟' })).toContain('title-not-question')
    expect(reasons({ ...base, title: `${'沟'.repeat(22)}？` })).toContain('title-too-long')
    expect(reasons(withBlock('answer', { text: '好。'.repeat(31) }))).toContain('answer-too-long')
    const steps = ['拍照。', '写下来。', '签字。']
    expect(reasons(withBlock('steps', { steps }))).toEqual([])
    expect(reasons(withBlock('steps', { steps: [...steps, `拍${'照'.repeat(30)}`] }))).toContain(
      'step-too-long',
    )
    expect(reasons(withBlock('steps', { steps: [...steps, '证据很重要。'] }))).toEqual(['step-without-verb'])
    expect(reasons(withBlock('steps', { steps: steps.slice(1) }))).toEqual(['steps-wrong-number'])
    expect(reasons(withBlock('steps', { donts: [] }))).toEqual(['steps-wrong-number'])
    expect(reasons(withBlock('steps', { donts: ['动手会吃亏。'] }))).toEqual(['dont-not-a-dont'])
  })

  it('[D-66] small words may stand before the verb', () => {
    for (const step of ['先拍照。', '马上打 110。', '马上去银行。', '请调解员来。'])
      expect(beginsWithVerb(step), step).toBe(true)
    for (const step of ['证据要紧。', '老板跑了。', '先前的事。'])
      expect(beginsWithVerb(step), step).toBe(false)
  })

  it('[D-67] refuses long sentences, the counter’s words, exclamation marks and unexplained terms', () => {
    expect(reasons(withBlock('answer', { text: `${'沟'.repeat(41)}。` }))).toContain('sentence-too-long')
    const long = ['拍', '写', '找', '问'].map((verb) => `${verb}${'沟'.repeat(29)}`)
    const average = {
      ...withBlock('steps', { steps: long, donts: [`别${'挖'.repeat(29)}`] }),
      title: `${'沟'.repeat(21)}？`,
    }
    expect(
      plainFaults({ ...average, blocks: average.blocks.filter((one) => one.kind === 'steps') }).map(
        (one) => one.reason,
      ),
    ).toContain('sentences-too-long-on-average')
    expect(reasons(withBlock('answer', { text: '必须通开。' }))).toEqual(['officialese'])
    expect(reasons(withBlock('answer', { text: '通开！' }))).toEqual(['exclamation-mark'])
    expect(reasons(withBlock('answer', { text: '看诉讼时效和保证期间。' }))).toEqual(['too-many-legal-terms'])
    expect(bareTermsIn('诉讼时效（三年里要提）和保证期间')).toEqual(['保证期间'])
    expect(officialeseIn('请务必予以配合')).toEqual(expect.arrayContaining(['请务必', '予以']))
  })

  it('[D-67] counts characters as people see them', () => {
    expect(lengthOf('打 12333 问')).toBe(5)
    expect(sentencesOf('先看。再说；行吗？')).toEqual(['先看', '再说', '行吗'])
  })

  it('[D-77] in danger the police comes first and nobody is sent to talks', () => {
    const danger = content.items.find((one) => one.slug === 'jia-bao')
    if (!danger) throw new Error('jia-bao')
    const slots = (ids: ('110' | 'mediator' | '12348')[]): ContentItem => ({
      ...danger,
      blocks: danger.blocks.map((block) => (block.kind === 'help' ? { ...block, slots: ids } : block)),
    })
    expect(danger.blocks[0]?.kind).toBe('danger')
    expect(reasons(danger)).toEqual([])
    expect(reasons(slots(['12348', '110']))).toEqual(['danger-without-call'])
    expect(reasons(slots(['110', 'mediator']))).toEqual(['danger-sent-to-talks'])
  })

  it('[D-72] share codes: six signs of thirty, none alike, all different, read kindly', () => {
    expect(new Set(SHARE_ALPHABET).size).toBe(30)
    expect([...SHARE_ALPHABET].filter((sign) => '01OILU'.includes(sign))).toEqual([])
    for (const sign of SHARE_ALPHABET) expect(v.is(ShareCodeSchema, sign.repeat(6)), sign).toBe(true)
    for (const bad of ['7K3Q9', '7K3Q9XX', '7K3Q9O', '7K3Q9U', '7k3q9x'])
      expect(v.is(ShareCodeSchema, bad), bad).toBe(false)
    const codes = [...content.items, ...content.withheld.map((one) => one.item)].map((one) => one.code)
    expect(new Set(codes).size).toBe(codes.length)
    expect(readShareCode(' 7k3-q9x ')).toBe('7K3Q9X')
    expect(readShareCode('7K3Q9')).toBeNull()
  })
})
