import { canonical } from './canonical.ts'
import type { Op } from './op.ts'

/** SHA-256 as the platform offers it; 32 bytes for any input. */
export type Sha256 = (bytes: Uint8Array) => Promise<Uint8Array>

function hex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += (byte < 16 ? '0' : '') + byte.toString(16)
  return text
}

/**
 * The fingerprint of an op's plaintext, 64 hexadecimal digits. Same device and number with another fingerprint means a cloned
 * or restored phone (I-7).
 * @param encode text to UTF-8 bytes
 */
export const opHash = async (op: Op, sha256: Sha256, encode: (text: string) => Uint8Array): Promise<string> =>
  hex(await sha256(encode(canonical(op))))

/**
 * The op as it was first made: under the number of its first device, which a backup that was taken in or a phone enrolled anew names
 * with `as`. A receipt is found and compared by the fingerprint of this; the batch's fingerprint stays over ops as sent.
 * @returns the same op when it names no other number
 */
export function firstMadeAs(op: Op): Op {
  if (!op.as) return op
  const { as, ...rest } = op
  return { ...rest, n: as[1] }
}

/** The device and number an op was first made as. @param device the one that hands it in */
export const madeAs = (op: Op, device: number): [device: number, n: number] =>
  op.as ? [op.as[0], op.as[1]] : [device, op.n]

/** The fingerprint of a pushed batch: of its ops' fingerprints in order. */
export const batchHash = async (
  hashes: readonly string[],
  sha256: Sha256,
  encode: (text: string) => Uint8Array,
): Promise<string> => hex(await sha256(encode(hashes.join(''))))
