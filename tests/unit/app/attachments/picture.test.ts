import { describe, expect, it } from 'vitest'
import { ATTACHMENT_LIMITS } from '#domain/attachment/limits.ts'
import { base64, fit, fromBase64, makePicture, type Drawable } from '#phone/attachments/picture.ts'
import { lengthWords, nameWords, sizeWords } from '#app/attachments/words.ts'
import type { Shown } from '#app/composables/use-attachments.ts'
import { makeAttachment } from '#tests/support/make-attachment.ts'
import { VILLAGE } from '#tests/support/make-rights.ts'

/** A picture whose JPEG needs so many bytes for each pixel at full quality. */
function picture(
  width: number,
  height: number,
  weight: number,
): Drawable & { drawn: [number, number, number][] } {
  const drawn: [number, number, number][] = []
  return {
    width,
    height,
    drawn,
    async draw(w, h, quality) {
      drawn.push([w, h, quality])
      return new Uint8Array(Math.ceil(w * h * weight * quality))
    },
  }
}

describe('a picture', () => {
  it.each([
    [4000, 3000, 2048, 1536],
    [3000, 4000, 1536, 2048],
    [800, 600, 800, 600],
    [10_000, 10, 2048, 2],
    [100_000, 1, 2048, 1],
  ])('%i × %i becomes %i × %i, and never larger than it was', (width, height, toWidth, toHeight) => {
    expect(fit(width, height, ATTACHMENT_LIMITS.longSide)).toEqual({ width: toWidth, height: toHeight })
  })

  it('has a small one of at most eight kilobytes of text, or none', async () => {
    for (const weight of [0.1, 0.5, 1, 2, 8]) {
      const { thumb } = await makePicture(picture(4000, 3000, weight))
      expect(thumb === null || thumb.length <= ATTACHMENT_LIMITS.thumbText, String(weight)).toBe(true)
    }
    expect((await makePicture(picture(4000, 3000, 0.1))).thumb).not.toBeNull()
    expect((await makePicture(picture(4000, 3000, 8))).thumb).toBeNull()
  })

  it('is base64 and back', () => {
    const bytes = Uint8Array.from({ length: 20_000 }, (_, i) => i % 256)
    expect(fromBase64(base64(bytes))).toEqual(bytes)
  })
})

describe('words of a file', () => {
  const t = (key: string, values: Record<string, unknown> = {}) =>
    `${key}(${Object.values(values).join(',')})`
  const shown = (id: string, over: Parameters<typeof makeAttachment>[0]): Shown => ({
    id,
    region: VILLAGE,
    body: makeAttachment(over),
    word: 'saved',
    here: true,
  })

  it('is what somebody wrote, else its own name, and a photograph is counted', () => {
    const all = [
      shown('1', { caption: '', name: 'IMG_20261120.jpg' }),
      shown('2', { caption: '签好的协议书' }),
      shown('3', { caption: '', name: 'IMG_20261121.jpg' }),
      shown('4', { caption: '', name: '收据.pdf', mime: 'application/pdf' }),
    ]
    expect(all.map((one) => nameWords(one, all, t))).toEqual([
      'attachment.nth(attachment.sort.picture(),1)',
      '签好的协议书',
      'attachment.nth(attachment.sort.picture(),3)',
      '收据.pdf',
    ])
  })

  it('says sizes and lengths as people do', () => {
    expect([1, 999_000, 1_400_000].map((one) => sizeWords(one, t))).toEqual([
      'attachment.kb(1)',
      'attachment.kb(999)',
      'attachment.mb(1.4)',
    ])
    expect([0, 42, 605].map(lengthWords)).toEqual(['0:00', '0:42', '10:05'])
  })
})
