import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import {
  codeOf,
  countyOf,
  covers,
  levelOf,
  parentOf,
  prefixOf,
  RegionCodeSchema,
  RegionPrefixSchema,
  townshipOf,
} from '#domain/region/code.ts'
import { shortNameOf } from '#domain/region/region.ts'

const digits = (length: number) => fc.stringMatching(new RegExp(`^\\d{${length}}$`))
const code = digits(12).filter((one) => levelOf(one) !== null)

describe('region codes', () => {
  it('[D-3] have the level of their last group that is not zero', () => {
    expect(levelOf('330000000000')).toBe('province')
    expect(levelOf('330800000000')).toBe('prefecture')
    expect(levelOf('330825000000')).toBe('county')
    expect(levelOf('330825101000')).toBe('township')
    expect(levelOf('330825101201')).toBe('village')
    expect(levelOf('000000000000')).toBeNull()
  })

  it('[D-3] are twelve digits of text and nothing else', () => {
    for (const wrong of ['33082510120', '3308251012011', '33082510120x', '', '000000000000', 330825101201])
      expect(v.is(RegionCodeSchema, wrong), String(wrong)).toBe(false)
    fc.assert(fc.property(code, (one) => v.is(RegionCodeSchema, one)))
  })

  it('[D-4] lie inside a prefix exactly when they begin with it and it is cut on a border', () => {
    fc.assert(
      fc.property(code, fc.integer({ min: 0, max: 12 }), (one, length) => {
        const onBorder = [2, 4, 6, 9, 12].includes(length)
        return (
          covers(one.slice(0, length), one) === onBorder &&
          v.is(RegionPrefixSchema, one.slice(0, length)) === onBorder
        )
      }),
    )
  })

  it('[D-4] are never covered by another unit of the same level', () => {
    fc.assert(
      fc.property(code, fc.constantFrom(2, 4, 6, 9, 12), digits(12), (one, length, other) => {
        fc.pre(one.slice(0, length) !== other.slice(0, length))
        return !covers(other.slice(0, length), one)
      }),
    )
  })

  it('[D-4] and prefixes turn into each other without loss', () => {
    fc.assert(fc.property(code, (one) => codeOf(prefixOf(one)) === one && covers(prefixOf(one), one)))
    expect(prefixOf('999901101000')).toBe('999901101')
    expect(countyOf('999901101201')).toBe('999901')
    expect(townshipOf('999901101201')).toBe('999901101')
  })

  it('[D-4] climb to the province and stop there', () => {
    const climb = ['330825101201', '330825101', '330825', '3308', '33']
    for (const [i, prefix] of climb.entries()) expect(parentOf(prefix)).toBe(climb[i + 1] ?? null)
  })
})

it('a short name is what people say, and never a single character', () => {
  expect(shortNameOf('石桥村（示例）')).toBe('石桥')
  expect(shortNameOf('青石镇')).toBe('青石')
  expect(shortNameOf('河口村民委员会')).toBe('河口')
  expect(shortNameOf('东社区居委会')).toBe('东社区')
})
