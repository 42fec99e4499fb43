import { HEAD_BYTES, looksLike, type FileType } from './file-type.ts'
import { claimedSize, framesOf } from './picture-bounds.ts'

/** What may be unpacked of a file; small numbers, all in this place. */
export const UNPACK_LIMITS = {
  /** Longest side of a stored picture; phones make them of 2,048. */
  storedSide: 4096,
  /** Passes over one picture; a camera's progressive picture has about ten. */
  scans: 100,
  /** Pixels and side of a picture that a phone tries to open; cameras of 108 million exist. */
  openedPixels: 120_000_000,
  openedSide: 20_000,
  /** Entries of a paper, and all of it unpacked. */
  entries: 2000,
  unpacked: 200 * 1024 * 1024,
} as const

function isSmallPicture(bytes: Uint8Array): boolean {
  const { frames, scans } = framesOf(bytes)
  const side = Math.max(0, ...frames.map(({ width, height }) => Math.max(width, height)))
  return side <= UNPACK_LIMITS.storedSide && scans <= UNPACK_LIMITS.scans
}

const u16 = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)
const u32 = (bytes: Uint8Array, at: number): number => u16(bytes, at) + u16(bytes, at + 2) * 65_536
/** End of central directory, and an entry of it (APPNOTE 4.3.16, 4.3.12). */
const END = 0x06054b50
const ENTRY = 0x02014b50
const LONGEST_COMMENT = 65_535
const END_BYTES = 22

function endOf(bytes: Uint8Array): number {
  const least = Math.max(0, bytes.length - END_BYTES - LONGEST_COMMENT)
  for (let at = bytes.length - END_BYTES; at >= least; at--) if (u32(bytes, at) === END) return at
  return -1
}

/** Names in an archive and what they say they unpack to; null: its list cannot be read, is too long, or does not end where it says. */
function entriesOf(bytes: Uint8Array): { names: Set<string>; unpacked: number } | null {
  const end = endOf(bytes)
  if (end < 0) return null
  const count = u16(bytes, end + 10)
  if (count === 0 || count > UNPACK_LIMITS.entries) return null
  const names = new Set<string>()
  let unpacked = 0
  let at = u32(bytes, end + 16)
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || u32(bytes, at) !== ENTRY) return null
    const length = u16(bytes, at + 28)
    names.add(String.fromCharCode(...bytes.subarray(at + 46, at + 46 + Math.min(length, 300))))
    unpacked += u32(bytes, at + 24)
    at += 46 + length + u16(bytes, at + 30) + u16(bytes, at + 32)
  }
  return { names, unpacked }
}

/** A paper as Word writes it, not another archive under its name, and no program in it. */
function isPlainPaper(bytes: Uint8Array): boolean {
  const entries = entriesOf(bytes)
  if (!entries || entries.unpacked > UNPACK_LIMITS.unpacked) return false
  const names = [...entries.names]
  return (
    entries.names.has('[Content_Types].xml') &&
    entries.names.has('word/document.xml') &&
    !names.some((one) => /vbaProject|\.(exe|dll|js|vbs|apk|dex|class|jar|bat|cmd|ps1|lnk)$/i.test(one))
  )
}

const WORD: FileType = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'

/**
 * Whether a whole file is what it is kept as and opening it takes no more than it should: a picture of modest size and few passes, a paper
 * that is one. Sounds and PDF are only told by how they begin, because nothing of ours unpacks them and they are handed out as downloads.
 */
export function isHarmless(mime: FileType, bytes: Uint8Array): boolean {
  if (!looksLike(mime, bytes.subarray(0, HEAD_BYTES))) return false
  if (mime === 'image/jpeg') return isSmallPicture(bytes)
  return mime === WORD ? isPlainPaper(bytes) : true
}

/** Whether a phone may try to open a picture that somebody chose; what does not say its size is left to the decoder. */
export function isOpenable(bytes: Uint8Array): boolean {
  const size = claimedSize(bytes)
  if (!size) return true
  const { width, height } = size
  return Math.max(width, height) <= UNPACK_LIMITS.openedSide && width * height <= UNPACK_LIMITS.openedPixels
}
