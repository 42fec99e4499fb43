import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { ATTACHMENT_PARENTS, AttachmentSchema, UploadIdSchema } from '#domain/attachment/attachment.ts'
import { uploadId } from '#domain/attachment/upload-id.ts'
import { endingOf, fileTypeOf, FileTypeSchema, looksLike, sortOf } from '#domain/attachment/file-type.ts'
import { contributionsOf } from '#domain/metric/contribution.ts'
import { laneOf } from '#domain/record/kind.ts'
import { skeletonOf } from '#domain/record/skeleton.ts'
import { makeAttachment, SHA } from '#tests/support/make-attachment.ts'
import { RECORD } from '#tests/support/make-rights.ts'

const bytes = (...list: number[]) => Uint8Array.from([...list, ...Array.from({ length: 16 }, () => 0)])
const JPEG = bytes(0xff, 0xd8, 0xff, 0xe0)
const PDF = new TextEncoder().encode('%PDF-1.7 a paper')
const MP4 = bytes(0, 0, 0, 24, 0x66, 0x74, 0x79, 0x70)

describe('where an attachment may go', () => {
  it('[D-45] an attachment travels where its parent travels', () => {
    const lanes = ATTACHMENT_PARENTS.map((kind) =>
      laneOf('attachment', makeAttachment({ of: [kind, RECORD] })),
    )
    expect(lanes).toEqual(['casework', 'casework', 'outreach', 'outreach', 'outreach', 'outreach'])
  })

  it.each(['violence', 'minor', 'private'] as const)(
    '[D-45] what is %s closes the door behind it',
    (flag) => {
      for (const kind of ATTACHMENT_PARENTS)
        expect(laneOf('attachment', makeAttachment({ of: [kind, RECORD], flags: [flag] }))).toBe('closed')
    },
  )

  it.each([
    ['no parent', {}],
    ['a parent of no known kind', { of: ['will', RECORD] }],
    ['a parent that is itself attached', { of: ['attachment', RECORD] }],
    ['a parent that is no pair', { of: 'dispute' }],
  ])('[D-45] %s: closed', (_what, body) => {
    expect(laneOf('attachment', { ...makeAttachment(), of: undefined, ...body })).toBe('closed')
  })

  it('[D-45] a skeleton shows when, and nothing of what, of whom or for what', () => {
    const bones = skeletonOf('attachment', makeAttachment())
    expect(Object.keys(bones).sort()).toEqual(['enteredAt', 'receivedAt', 'takenOn'])
  })

  it('[D-45] no number counts it', () => {
    expect(contributionsOf('attachment', makeAttachment(), (day) => day)).toEqual([])
  })
})

describe('what is taken', () => {
  it.each([
    ['image/jpeg', JPEG, 'image/jpeg'],
    ['IMAGE/JPEG; q=1', JPEG, 'image/jpeg'],
    ['audio/webm;codecs=opus', bytes(0x1a, 0x45, 0xdf, 0xa3), 'audio/webm'],
    ['audio/x-m4a', MP4, 'audio/mp4'],
    ['', MP4, 'audio/mp4'],
    ['application/pdf', PDF, 'application/pdf'],
    ['application/octet-stream', PDF, 'application/pdf'],
    // A page, a program or a drawing is none of ours, whatever it calls itself.
    ['text/html', new TextEncoder().encode('<script>x</script>'), null],
    ['image/svg+xml', new TextEncoder().encode('<svg onload=x>'), null],
    ['image/jpeg', new TextEncoder().encode('<script>x</script>'), null],
    ['application/pdf', JPEG, null],
    ['', bytes(0x4d, 0x5a), null],
  ])('[D-46] %s that begins so', (said, head, type) => {
    expect(fileTypeOf(said, head)).toBe(type)
  })

  it('[D-46] every type has a word for its sort, an ending, and a beginning that nothing empty has', () => {
    for (const type of FileTypeSchema.options) {
      expect(['picture', 'sound', 'paper']).toContain(sortOf(type))
      expect(endingOf(type)).toMatch(/^[a-z0-9]{3,4}$/)
      expect(looksLike(type, new Uint8Array(16))).toBe(false)
      expect(looksLike(type, new Uint8Array(0))).toBe(false)
    }
  })

  it.each([
    ['a name that is too long', { name: 'x'.repeat(121) }],
    ['nothing in it', { size: 0 }],
    ['more than is taken', { size: 25 * 1024 * 1024 + 1 }],
    ['a thumbnail that is no base64', { thumb: 'data:image/jpeg;base64,AAAA' }],
    ['a thumbnail as large as a picture', { thumb: 'A'.repeat(8193) }],
    ['a fingerprint in capitals', { sha256: SHA.toUpperCase() }],
    ['a parent of no kind', { of: ['person', RECORD] as never }],
  ])('[D-46] refused: %s', (_what, over) => {
    expect(v.is(AttachmentSchema, makeAttachment(over))).toBe(false)
    expect(v.is(AttachmentSchema, makeAttachment())).toBe(true)
  })

  it('[D-46] an upload is named by content and phone', () => {
    expect(v.is(UploadIdSchema, uploadId(SHA, 12))).toBe(true)
    expect(v.is(UploadIdSchema, `${SHA}-../../x`)).toBe(false)
  })
})
