import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { amountInWords } from '#domain/dispute/amount-in-words.ts'

/** Reads such words back, place by place, without any of the writer's tables. */
function read(words: string): number {
  const digits = '零壹贰叁肆伍陆柒捌玖'
  const places: Readonly<Record<string, number>> = { 拾: 10, 佰: 100, 仟: 1000 }
  let [total, group, digit, cents] = [0, 0, 0, 0]
  for (const sign of words.replace('整', '')) {
    if (digits.includes(sign)) digit = digits.indexOf(sign)
    else if (sign in places) group += digit * (places[sign] ?? 0)
    else if (sign === '亿' || sign === '万' || sign === '元') {
      total += (group + digit) * (sign === '亿' ? 1e8 : sign === '万' ? 1e4 : 1)
      group = 0
    } else cents += digit * (sign === '角' ? 10 : 1)
    if (!digits.includes(sign)) digit = 0
  }
  return Math.round(total * 100) + cents
}

describe('an amount in words', () => {
  // The first six are the examples of the rule itself (支付结算办法 附件一).
  it.each([
    [1409.5, '壹仟肆佰零玖元伍角'],
    [6007.14, '陆仟零柒元壹角肆分'],
    [1680.32, '壹仟陆佰捌拾元叁角贰分'],
    [107_000.53, '壹拾万零柒仟元伍角叁分'],
    [16_409.02, '壹万陆仟肆佰零玖元零贰分'],
    [325.04, '叁佰贰拾伍元零肆分'],
    [0, '零元整'],
    [0.05, '伍分'],
    [0.5, '伍角'],
    [10, '壹拾元整'],
    [300, '叁佰元整'],
    [12_000, '壹万贰仟元整'],
    [20_050, '贰万零伍拾元整'],
    [100_010_000, '壹亿零壹万元整'],
    [100_000_001, '壹亿零壹元整'],
    [10_000_000_000, '壹佰亿元整'],
  ])('[D-37] %d is %s', (yuan, words) => {
    expect(amountInWords(yuan)).toBe(words)
  })

  it('[D-37] can be read back as exactly the same amount, and no 零 stands twice or at the end', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e12 }), (cents) => {
        const words = amountInWords(cents / 100)
        expect(read(words)).toBe(cents)
        expect(words).not.toMatch(/零零|零[元万亿角分]|零$/)
        expect(words).toMatch(/^[壹贰叁肆伍陆柒捌玖]/)
      }),
    )
  })

  it('[D-37] is nothing for what is no amount', () => {
    expect([-1, 1e10 + 1, Number.NaN, Number.POSITIVE_INFINITY].map(amountInWords)).toEqual(['', '', '', ''])
  })
})
