import * as v from 'valibot'

/**
 * The kinds of file that are taken. Pictures are always JPEG, because every picture is made anew on the phone, which drops what the
 * camera wrote into it (place, device); sounds as phones record them; papers as offices write them.
 */
export const FileTypeSchema = v.picklist([
  'image/jpeg',
  'audio/webm',
  'audio/mp4',
  'audio/ogg',
  'audio/mpeg',
  'audio/wav',
  'audio/amr',
  'application/pdf',
  'application/msword',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
])
export type FileType = v.InferOutput<typeof FileTypeSchema>

/** What a person calls it. */
export type FileSort = 'picture' | 'sound' | 'paper'

export const sortOf = (mime: FileType): FileSort =>
  mime.startsWith('image/') ? 'picture' : mime.startsWith('audio/') ? 'sound' : 'paper'

/** Bytes a file of a type begins with, each at its place; any one of the lines is enough. */
const MARKS: Readonly<Record<FileType, readonly (readonly [at: number, bytes: readonly number[]])[]>> = {
  'image/jpeg': [[0, [0xff, 0xd8, 0xff]]],
  // Matroska (RFC 9559 §4).
  'audio/webm': [[0, [0x1a, 0x45, 0xdf, 0xa3]]],
  // ISO base media: the first box is `ftyp` (ISO/IEC 14496-12 §4.3).
  'audio/mp4': [[4, [0x66, 0x74, 0x79, 0x70]]],
  'audio/ogg': [[0, [0x4f, 0x67, 0x67, 0x53]]],
  'audio/mpeg': [
    [0, [0x49, 0x44, 0x33]],
    [0, [0xff, 0xfb]],
    [0, [0xff, 0xf3]],
    [0, [0xff, 0xf2]],
  ],
  'audio/wav': [[8, [0x57, 0x41, 0x56, 0x45]]],
  // RFC 4867 §5: "#!AMR".
  'audio/amr': [[0, [0x23, 0x21, 0x41, 0x4d, 0x52]]],
  'application/pdf': [[0, [0x25, 0x50, 0x44, 0x46, 0x2d]]],
  'application/msword': [[0, [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]]],
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': [[0, [0x50, 0x4b, 0x03, 0x04]]],
}

/** How many first bytes `looksLike` wants to see. */
export const HEAD_BYTES = 16

/** Whether a file begins as one of its type does. What a file calls itself is only a claim. */
export const looksLike = (mime: FileType, head: Uint8Array): boolean =>
  MARKS[mime].some(([at, bytes]) => bytes.every((byte, i) => head[at + i] === byte))

const ENDINGS: Readonly<Record<FileType, string>> = {
  'image/jpeg': 'jpg',
  'audio/webm': 'webm',
  'audio/mp4': 'm4a',
  'audio/ogg': 'ogg',
  'audio/mpeg': 'mp3',
  'audio/wav': 'wav',
  'audio/amr': 'amr',
  'application/pdf': 'pdf',
  'application/msword': 'doc',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
}

/** Ending of a downloaded file's name, without the dot. */
export const endingOf = (mime: FileType): string => ENDINGS[mime]

/** Browsers' other spellings of the same type. */
const OTHER_NAMES: Readonly<Record<string, FileType>> = {
  'audio/x-m4a': 'audio/mp4',
  'audio/m4a': 'audio/mp4',
  'audio/aac': 'audio/mp4',
  'video/mp4': 'audio/mp4',
  'audio/mp3': 'audio/mpeg',
  'audio/x-wav': 'audio/wav',
  'audio/wave': 'audio/wav',
  'video/webm': 'audio/webm',
  'application/ogg': 'audio/ogg',
}

/**
 * The type of a file by what it says and how it begins; null when it is none that is taken, or begins as another.
 * @param said as the browser names it, parameters included; '' when it does not know
 */
export function fileTypeOf(said: string, head: Uint8Array): FileType | null {
  const plain = (said.split(';')[0] ?? '').trim().toLowerCase()
  const named = OTHER_NAMES[plain] ?? plain
  if (v.is(FileTypeSchema, named)) return looksLike(named, head) ? named : null
  // Some phones name no type for what they recorded or what came by chat.
  const fitting = FileTypeSchema.options.filter((one) => looksLike(one, head))
  return plain === '' || plain === 'application/octet-stream' ? (fitting[0] ?? null) : null
}
