import { describe, expect, it } from 'vitest'
import { isHarmless, isOpenable } from '#domain/attachment/harmless.ts'
import { claimedSize } from '#domain/attachment/picture-bounds.ts'
import { docx, INERT, jpeg, png, REFUSED, TOO_LARGE_TO_OPEN } from '#tests/support/hostile-files.ts'
import { diceOf } from '#tests/support/fuzz/dice.ts'

describe('files that mean harm', () => {
  it.each(REFUSED)('[TR-55] refuses %s', (_what, mime, bytes) => {
    expect(isHarmless(mime, bytes)).toBe(false)
  })

  it.each(INERT)('[TR-55] takes %s', (_what, mime, bytes) => {
    expect(isHarmless(mime, bytes)).toBe(true)
  })

  it.each(TOO_LARGE_TO_OPEN)('[TR-55] a phone does not try to open %s', (_what, bytes) => {
    expect(isOpenable(bytes)).toBe(false)
  })

  it('[TR-55] a phone opens what cameras make, and what does not say its size', () => {
    for (const [width, height] of [
      [4000, 3000],
      [12_000, 9000],
      [3000, 19_000],
    ] as const) {
      expect(claimedSize(png(width, height))).toEqual({ width, height })
      expect(isOpenable(png(width, height))).toBe(true)
      expect(isOpenable(jpeg({ width, height }))).toBe(true)
    }
    expect(isOpenable(new TextEncoder().encode('    ftypheic'))).toBe(true)
  })

  it('[TR-55] however a file is torn, it is judged, soon', () => {
    const dice = diceOf(7)
    const began = performance.now()
    for (const [, mime, whole] of [...REFUSED, ...INERT].filter(([, , bytes]) => bytes.length < 400_000))
      for (let i = 0; i < 20; i++) {
        const torn = Buffer.from(whole.subarray(0, dice.below(whole.length + 1)))
        for (let j = dice.below(8); j > 0 && torn.length > 0; j--)
          torn[dice.below(torn.length)] = dice.below(256)
        expect(typeof isHarmless(mime, torn)).toBe('boolean')
        expect(typeof isOpenable(torn)).toBe('boolean')
      }
    // Nothing but marks, 25 MB of them: one pass.
    const marks = Buffer.alloc(25 * 1024 * 1024, 0xff)
    marks.set([0xff, 0xd8, 0xff], 0)
    expect(isHarmless('image/jpeg', marks)).toBe(true)
    expect(performance.now() - began).toBeLessThan(15_000)
  })

  it('[TR-55] what Word writes is taken', () => {
    expect(
      isHarmless(
        'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
        docx([{ name: 'word/media/image1.jpeg', body: jpeg() }]),
      ),
    ).toBe(true)
  })
})
