import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeId } from '#domain/id.ts'
import { countersign, readShortNumber, RECEIPT_ALPHABET, shortNumber } from '#domain/receipt.ts'

const anyId = fc
  .tuple(fc.nat(2 ** 31), fc.uint8Array({ minLength: 10, maxLength: 10 }))
  .map(([at, random]) => makeId(1_795_226_400_000 + at, random))

/** Dice that always fall alike, so that a count of collisions is the same on every run. */
function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state >>> 24
  }
}
const idsOf = (count: number, seed: number): string[] => {
  const next = dice(seed)
  return Array.from({ length: count }, () => makeId(1_795_226_400_000, Uint8Array.from({ length: 10 }, next)))
}

describe('the short number of a record', () => {
  it('[D-38] is six characters of which none looks like another, in two groups', () => {
    expect(new Set(RECEIPT_ALPHABET).size).toBe(23)
    fc.assert(
      fc.property(anyId, (id) => {
        expect(shortNumber(id)).toMatch(new RegExp(`^[${RECEIPT_ALPHABET}]{3}-[${RECEIPT_ALPHABET}]{3}$`))
        expect(readShortNumber(shortNumber(id))).toBe(shortNumber(id))
      }),
    )
    for (const look of ['0O', '1IL', '2Z', '5S', '6G', '8B', 'UV'])
      expect([...look].filter((one) => RECEIPT_ALPHABET.includes(one)).length, look).toBeLessThan(2)
  })

  it('[D-38] finds every single mistake and every exchange of two', () => {
    fc.assert(
      fc.property(anyId, fc.nat(5), fc.nat(5), fc.nat(22), (id, at, other, wrong) => {
        const letters = [...shortNumber(id).replace('-', '')]
        const mistaken = letters.with(at, RECEIPT_ALPHABET[wrong] ?? '')
        const exchanged = letters.with(at, letters[other] ?? '').with(other, letters[at] ?? '')
        for (const copied of [mistaken, exchanged].map((one) => one.join('')))
          expect(readShortNumber(copied) !== null).toBe(copied === letters.join(''))
      }),
      { numRuns: 2000 },
    )
  })

  it('[D-38] is read however it was written, and nothing else is', () => {
    const number = shortNumber(idsOf(1, 7)[0] ?? '')
    const plain = number.replace('-', '')
    for (const way of [
      plain,
      plain.toLowerCase(),
      ` ${number} `,
      [...plain].join(' '),
      number.replace('-', '—'),
    ])
      expect(readShortNumber(way), way).toBe(number)
    const wide = [...plain].map((one) => String.fromCharCode(one.charCodeAt(0) + 0xfee0)).join('')
    expect(readShortNumber(wide)).toBe(number)
    for (const way of ['', '7K4', `${plain}2`, '王长顺的那件', '000000'])
      expect(readShortNumber(way)).toBeNull()
  })

  it('[D-38] is shared as often as chance has it, not more: about n²/2 in 6.4 million', () => {
    const ids = idsOf(10_000, 1)
    const pairs = ids.length - new Set(ids.map(shortNumber)).size
    // 10,000²/2 / 23⁵ = 7.8 pairs expected.
    expect(pairs).toBeGreaterThan(0)
    expect(pairs).toBeLessThan(20)
    expect(new Set(idsOf(100, 3).map(shortNumber)).size).toBe(100)
  })
})

describe('the server’s mark behind it', () => {
  const [id = '', other = ''] = idsOf(2, 5)

  it('[D-39] is two characters of the record and the moment at which the server received it', () => {
    const mark = countersign(id, 1_795_226_400_000)
    expect(mark).toMatch(new RegExp(`^[${RECEIPT_ALPHABET}]{2}$`))
    expect(countersign(id, 1_795_226_400_000)).toBe(mark)
    expect([countersign(id, 1_795_226_400_001), countersign(other, 1_795_226_400_000)]).not.toContain(mark)
  })

  it('[D-39] that was made up passes about once in 529 times', () => {
    const marks = idsOf(20_000, 9).map((one) => countersign(one, 1_795_226_400_000))
    const hits = marks.filter((one) => one === '7K').length
    expect(hits).toBeGreaterThan(15)
    expect(hits).toBeLessThan(65)
  })
})
