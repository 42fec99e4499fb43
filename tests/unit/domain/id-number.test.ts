import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { idNumberIn, tailOf } from '#domain/privacy/id-number.ts'
import { maskIdNumber, maskPhone } from '#domain/privacy/mask.ts'
import { skeletonOf } from '#domain/record/skeleton.ts'
import { makeDispute } from '#tests/support/make-dispute.ts'

/** The two examples of the standard itself (GB 11643-1999, 附录). */
const EXAMPLES = ['11010519491231002X', '440524188001010014'] as const

describe('an identity number', () => {
  it('[TR-47] is taken as people write it, and known by its check digit', () => {
    for (const one of EXAMPLES) expect(idNumberIn(one)).toEqual({ ok: true, value: one })
    expect(idNumberIn(' 110105 19491231 002x ')).toEqual({ ok: true, value: EXAMPLES[0] })
    expect(idNumberIn('１１０１０５－１９４９１２３１－００２Ｘ'.replaceAll('－', '-'))).toEqual({
      ok: true,
      value: EXAMPLES[0],
    })
  })

  it('[TR-47] with one sign mistyped, or two neighbours exchanged, is refused, and the reason is said', () => {
    expect(idNumberIn('')).toEqual({ ok: false, reason: 'length' })
    expect(idNumberIn('110105491231002')).toEqual({ ok: false, reason: 'length' })
    expect(idNumberIn('11010519491231X02X')).toEqual({ ok: false, reason: 'signs' })
    expect(idNumberIn('11010519491331002X')).toEqual({ ok: false, reason: 'date' })
    expect(idNumberIn('110105194912310021')).toEqual({ ok: false, reason: 'check' })
    const [one] = EXAMPLES
    fc.assert(
      fc.property(fc.nat(16), fc.nat(9), (at, digit) => {
        const other = `${one.slice(0, at)}${digit}${one.slice(at + 1)}`
        expect(idNumberIn(other).ok).toBe(other === one)
      }),
    )
    fc.assert(
      fc.property(fc.nat(15), (at) => {
        const other = `${one.slice(0, at)}${one.charAt(at + 1)}${one.charAt(at)}${one.slice(at + 2)}`
        expect(idNumberIn(other).ok).toBe(other === one)
      }),
    )
  })
})

describe('what is shown of a number', () => {
  it('[TR-47] is its end', () => {
    expect(maskIdNumber(tailOf(EXAMPLES[0]))).toBe('**************002X')
    expect(maskPhone('13812345678')).toBe('138****5678')
    expect(maskPhone(' 13812345678 ')).toBe('138****5678')
    expect(maskPhone('0888-5123456')).toBe('****3456')
    expect(maskPhone('512345')).toBe('****45')
    expect(maskPhone('110')).toBe('***')
    expect(maskPhone('')).toBe('')
  })

  it('[TR-47] never is more than seven signs of it, whatever was typed', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 30 }), (text) => {
        const hidden = [...maskPhone(text)].filter((one) => one === '*').length
        expect(hidden).toBeGreaterThanOrEqual(Math.min(4, [...text.trim()].length - 2))
      }),
    )
  })

  it('[TR-47] is nothing at all where only the outline is seen', () => {
    const [party] = makeDispute().parties
    const number = {
      id: party?.id ?? '',
      tail: '002X',
      key: 'a'.repeat(16),
      box: 'b'.repeat(100),
      agreedOn: '2026-11-20',
    }
    const shown = skeletonOf('dispute', makeDispute({ idNumbers: [number] }))
    expect(JSON.stringify(shown)).not.toContain('002X')
    expect(shown).not.toHaveProperty('idNumbers')
  })
})
