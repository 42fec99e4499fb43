const TABLE = new Uint32Array(256).map((_, index) => {
  let c = index
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
  return c >>> 0
})

/**
 * CRC-32 (ISO 3309) of bytes, continuing from an earlier result; 0 to begin. It tells a cut or stitched answer from a
 * whole one; it is no protection against forging.
 */
export function crc32(bytes: Uint8Array, from = 0): number {
  let c = ~from >>> 0
  for (const byte of bytes) c = ((TABLE[(c ^ byte) & 0xff] as number) ^ (c >>> 8)) >>> 0
  return ~c >>> 0
}

/** Eight hexadecimal digits of a CRC. */
export const crcText = (crc: number): string => (crc >>> 0).toString(16).padStart(8, '0')
