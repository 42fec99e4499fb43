import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PublicContext } from '#server/pages/context.ts'
import { publicStylesheet } from '#server/pages/stylesheet.ts'
import { renderTrustPage } from '#server/pages/trust-page.ts'
import { LATEST, readTrust } from '#server/trust/trust.ts'
import { seededContent, TODAY } from '../../domain/content/seeds.ts'

const SEEDS = fileURLToPath(new URL('../../../../seeds', import.meta.url))
const RAN = { on: '2026-11-20', version: '9.8.7', pass: true }

describe('the page of promises', () => {
  let folder: string
  let context: PublicContext
  beforeAll(async () => {
    const { registry } = await seededContent()
    context = {
      origin: 'https://mingbai.example',
      village: null,
      helpers: [],
      sponsor: null,
      filingNo: null,
      demo: false,
      today: TODAY,
      registry,
      stylesheet: publicStylesheet().path,
      size: 18,
      path: '/trust',
      changeVillageHref: null,
      leaveWordHref: null,
    }
    folder = mkdtempSync(join(tmpdir(), 'mb-trust-'))
    cpSync(join(SEEDS, 'trust'), join(folder, 'trust'), { recursive: true })
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const write = (proofs: object) => writeFileSync(join(folder, LATEST), JSON.stringify({ proofs }))
  const fuzz = (more: object = {}) => ({
    ...RAN,
    figures: { operations: 67, requests: 31_415, wrong: 0 },
    ...more,
  })

  it('[TR-60] shows every promise with the figures of its last proof, and every risk that is accepted, in both languages', () => {
    write({ fuzz: fuzz() })
    const trust = readTrust(folder)
    for (const language of ['zh', 'en'] as const) {
      const markup = renderTrustPage(trust, context, language)
      for (const one of trust.promises) expect(markup).toContain(one[language].title)
      for (const one of trust.risks) expect(markup).toContain(one[language].title)
      expect(markup).toContain('31,415')
      expect(markup).toContain('9.8.7')
      expect(Buffer.byteLength(markup)).toBeLessThan(60_000)
    }
    expect(trust.risks.length).toBeGreaterThanOrEqual(6)
    // But for the product's name and the way to the other language.
    expect(renderTrustPage(trust, context, 'en').replace(/明白|中文/g, '')).not.toMatch(/[\u4e00-\u9fff]/)
  })

  it('[TR-60] a proof that has not run, or did not hold, is said to be so, and no figure stands for it', () => {
    write({ fuzz: fuzz({ pass: false }) })
    const markup = renderTrustPage(readTrust(folder), context, 'zh')
    expect(markup).toContain('试过，没做到')
    expect(markup).toContain('这一版还没试')
    expect(markup).not.toContain('试过，做到了')
  })

  it('[TR-60] no figure is typed by hand, and none is shown that no proof told: otherwise nothing is built', () => {
    write({ fuzz: fuzz({ figures: { operations: 67 } }) })
    expect(() => readTrust(folder)).toThrow('attacked shows requests, which fuzz does not tell')
    write({})
    const file = join(folder, 'trust', 'promises.yaml')
    const whole = readFileSync(file, 'utf8')
    for (const digit of ['3', '３', '٣']) {
      writeFileSync(file, whole.replace('zh: 请求', `zh: ${digit} 请求`))
      expect(() => readTrust(folder), digit).toThrow('holds a digit')
    }
    writeFileSync(file, whole)
    expect(readTrust(SEEDS).promises.length).toBeGreaterThanOrEqual(7)
  })
})
