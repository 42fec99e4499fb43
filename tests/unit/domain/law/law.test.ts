import { describe, expect, it } from 'vitest'
import { articleText, citationText, parseReference } from '#domain/law/citation.ts'
import { chineseNumber } from '#domain/law/chinese-number.ts'
import type { LawVersion } from '#domain/law/law.ts'
import {
  articleExists,
  articleVerified,
  lawInForce,
  registryFaults,
  successorOf,
} from '#domain/law/registry.ts'
import { loadRegistry } from '#server/content/load-content.ts'
import { SEEDS } from '../content/seeds.ts'

const row = (change: Partial<LawVersion>): LawVersion => ({
  id: 'lawa',
  name: '甲法',
  version: '2020-05-28',
  lastArticle: 1260,
  inForceFrom: '2021-01-01',
  repealedOn: null,
  replacedBy: null,
  source: '为测试写的',
  checkedOn: '2025-04-19',
  unverified: [],
  ...change,
})
const old = row({
  version: '2012-10-26',
  lastArticle: 119,
  inForceFrom: '2013-01-01',
  repealedOn: '2021-01-01',
  replacedBy: 'lawa@2020-05-28',
})
const registry = [old, row({ unverified: ['19'] })]

describe('law registry', () => {
  it('[D-60] reads law, version, article and paragraph, and refuses anything else', () => {
    expect(parseReference('lawa@2020-05-28#290.2')).toEqual({
      ok: true,
      value: { law: 'lawa', version: '2020-05-28', article: '290', paragraph: 2 },
    })
    for (const bad of [
      'lawa#290',
      'lawa@2020#290',
      'lawa@2020-05-28#0',
      'lawa@2020-05-28#290.',
      '甲法@2020-05-28#1',
    ])
      expect(parseReference(bad), bad).toEqual({ ok: false, reason: 'citation-malformed' })
  })

  it('[D-60] a version entered twice, or replaced by one nobody entered, is a fault', () => {
    expect(registryFaults(registry)).toEqual([])
    expect(registryFaults([old, old, row({})]).map((one) => one.reason)).toContain('law-duplicate')
    expect(registryFaults([old]).map((one) => one.reason)).toEqual(['successor-unknown'])
  })

  it('[D-61] an article exists up to the last of that very version', () => {
    expect(articleExists(registry, 'lawa', '2020-05-28', '1260')).toBe(true)
    expect(articleExists(registry, 'lawa', '2020-05-28', '1261')).toBe(false)
    expect(articleExists(registry, 'lawa', '2012-10-26', '120')).toBe(false)
    expect(articleExists(registry, 'lawa', '2020-05-28', '287-2')).toBe(true)
    expect(articleExists([row({ lastArticle: null })], 'lawa', '2020-05-28', '1')).toBe(false)
  })

  it('[D-62] holds from its first day until the day before its repeal', () => {
    expect(lawInForce(registry, 'lawa', '2020-05-28', '2020-12-31')).toEqual({
      ok: false,
      reason: 'not-yet-in-force',
    })
    expect(lawInForce(registry, 'lawa', '2020-05-28', '2021-01-01').ok).toBe(true)
    expect(lawInForce(registry, 'lawa', '2012-10-26', '2020-12-31').ok).toBe(true)
    expect(lawInForce(registry, 'lawa', '2012-10-26', '2021-01-01')).toEqual({
      ok: false,
      reason: 'repealed',
    })
    expect(lawInForce(registry, 'lawb', '2012-10-26', '2021-01-01')).toEqual({
      ok: false,
      reason: 'law-unknown',
    })
    expect(lawInForce(registry, 'lawa', '1999-01-01', '2021-01-01')).toEqual({
      ok: false,
      reason: 'version-unknown',
    })
    expect(successorOf(registry, old)?.version).toBe('2020-05-28')
  })

  it('[D-63] writes numerals and citations as statutes do', () => {
    const written = {
      1: '一',
      10: '十',
      15: '十五',
      20: '二十',
      101: '一百零一',
      110: '一百一十',
      290: '二百九十',
      1002: '一千零二',
      1042: '一千零四十二',
      1260: '一千二百六十',
    }
    for (const [value, text] of Object.entries(written)) expect(chineseNumber(Number(value))).toBe(text)
    for (const bad of [0, 10_000, 1.5, Number.NaN]) expect(() => chineseNumber(bad)).toThrow('outside 1–9999')
    expect(articleText('291-2', null)).toBe('第二百九十一条之二')
    const cited = { law: 'lawa', version: '2020-05-28', article: '1067', paragraph: 2 }
    expect(citationText(registry, cited)).toBe('《甲法》第一千零六十七条第二款')
    expect(citationText([row({ name: '关于适用《甲法》的解释' })], cited)).toMatch(
      /^《关于适用〈甲法〉的解释》/,
    )
  })

  it('[D-64] knows which articles nobody compared', () => {
    expect(articleVerified(registry, 'lawa', '2020-05-28', '20')).toBe(true)
    expect(articleVerified(registry, 'lawa', '2020-05-28', '19')).toBe(false)
    expect(articleVerified([row({ unverified: 'all' })], 'lawa', '2020-05-28', '20')).toBe(false)
  })

  it('[D-60] the registry in seeds has no fault, and every repealed version names what followed', async () => {
    const { registry: seeded, faults } = await loadRegistry(SEEDS)
    expect(faults).toEqual([])
    expect(seeded.length).toBeGreaterThan(30)
    for (const one of seeded.filter((law) => law.repealedOn !== null)) {
      expect(successorOf(seeded, one)?.inForceFrom, one.id).toBe(one.repealedOn)
    }
  })
})
