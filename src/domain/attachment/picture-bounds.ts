/** Width and height in pixels, as a file claims them. */
export interface Claimed {
  width: number
  height: number
}

const u16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
const u16le = (bytes: Uint8Array, at: number): number => ((bytes[at + 1] ?? 0) << 8) | (bytes[at] ?? 0)
const u24le = (bytes: Uint8Array, at: number): number => u16le(bytes, at) | ((bytes[at + 2] ?? 0) << 16)
const u32 = (bytes: Uint8Array, at: number): number => u16(bytes, at) * 65_536 + u16(bytes, at + 2)
const u32le = (bytes: Uint8Array, at: number): number => u16le(bytes, at) + u16le(bytes, at + 2) * 65_536
const isText = (bytes: Uint8Array, at: number, text: string): boolean =>
  Array.from(text).every((sign, i) => bytes[at + i] === sign.charCodeAt(0))

/** Start of frame (ITU-T T.81, table B.1): C0 to CF without DHT, JPG and DAC. */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)

/** A frame or scan header says its own length by its number of components (T.81, B.2.2 and B.2.3); what does not add up is picture data. */
const isFrameAt = (bytes: Uint8Array, at: number): boolean => {
  const components = bytes[at + 9] ?? 0
  return components >= 1 && components <= 4 && u16(bytes, at + 2) === 8 + 3 * components
}
const isScanAt = (bytes: Uint8Array, at: number): boolean => {
  const components = bytes[at + 4] ?? 0
  return components >= 1 && components <= 4 && u16(bytes, at + 2) === 6 + 2 * components
}

/**
 * All frames and the number of scans in a JPEG, wherever they stand: decoders skip what they do not understand, so an order that a strict
 * reader would stop at hides nothing. One pass, no memory.
 */
export function framesOf(bytes: Uint8Array): { frames: Claimed[]; scans: number } {
  const frames: Claimed[] = []
  let scans = 0
  for (let at = bytes.indexOf(0xff); at >= 0 && at < bytes.length - 1; at = bytes.indexOf(0xff, at + 1)) {
    const marker = bytes[at + 1] ?? 0
    if (isFrame(marker) && isFrameAt(bytes, at))
      frames.push({ height: u16(bytes, at + 5), width: u16(bytes, at + 7) })
    else if (marker === 0xda && isScanAt(bytes, at)) scans++
  }
  return { frames, scans }
}

const largest = (frames: readonly Claimed[]): Claimed | null =>
  frames.reduce<Claimed | null>(
    (most, one) => (most && most.width * most.height >= one.width * one.height ? most : one),
    null,
  )

function webpSize(bytes: Uint8Array): Claimed | null {
  if (isText(bytes, 12, 'VP8X')) return { width: u24le(bytes, 24) + 1, height: u24le(bytes, 27) + 1 }
  if (isText(bytes, 12, 'VP8 '))
    return { width: u16le(bytes, 26) & 0x3fff, height: u16le(bytes, 28) & 0x3fff }
  const bits = u32le(bytes, 21)
  return isText(bytes, 12, 'VP8L')
    ? { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
    : null
}

/**
 * How large a picture says it is, before anything unpacks it: PNG, JPEG, GIF, WebP and BMP by their headers. null: another sort, whose
 * decoder has to know by itself.
 */
export function claimedSize(bytes: Uint8Array): Claimed | null {
  if (isText(bytes, 1, 'PNG')) return { width: u32(bytes, 16), height: u32(bytes, 20) }
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return largest(framesOf(bytes).frames)
  if (isText(bytes, 0, 'GIF8')) return { width: u16le(bytes, 6), height: u16le(bytes, 8) }
  if (isText(bytes, 0, 'RIFF') && isText(bytes, 8, 'WEBP')) return webpSize(bytes)
  if (isText(bytes, 0, 'BM'))
    return { width: Math.abs(u32le(bytes, 18) | 0), height: Math.abs(u32le(bytes, 22) | 0) }
  return null
}
