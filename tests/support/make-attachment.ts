import type { Attachment, NewAttachment } from '#domain/attachment/attachment.ts'
import { ME, RECORD } from './make-rights.ts'

/** SHA-256 of nothing, as an example of one. */
export const SHA = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** What `attachment.add` carries: by default the photograph of a signed paper. */
export const newAttachment = (over: Partial<NewAttachment> = {}): NewAttachment => ({
  of: ['dispute', RECORD],
  sha256: SHA,
  size: 300_000,
  mime: 'image/jpeg',
  name: '',
  thumb: '/9j/AAAA',
  takenOn: '2026-11-20',
  caption: '签好的协议书',
  seconds: null,
  flags: [],
  ...over,
})

export const makeAttachment = (over: Partial<Attachment> = {}): Attachment => ({
  ...newAttachment(),
  state: 'awaited',
  cancelled: false,
  recordedBy: ME,
  enteredAt: 1_793_577_600_000,
  receivedAt: null,
  ...over,
})
