import { crc32 } from 'node:zlib'
import { crcText } from '#sync/protocol/crc.ts'

/**
 * An answer as NDJSON: the lines, then the end line with their number and the CRC-32 of all their bytes, line feeds included.
 * @param batch fingerprint of the pushed batch, '' without one
 */
export function answerOf(lines: readonly object[], batch: string): Buffer {
  const body = Buffer.from(lines.map((one) => `${JSON.stringify(one)}\n`).join(''))
  const end = { end: 1, lines: lines.length, crc: crcText(crc32(body)), batch }
  return Buffer.concat([body, Buffer.from(`${JSON.stringify(end)}\n`)])
}
