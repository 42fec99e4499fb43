import { canonical } from './canonical.ts'
import type { Op } from './op.ts'

/** SHA-256 as the platform offers it; 32 bytes for any input. */
export type Sha256 = (bytes: Uint8Array) => Promise<Uint8Array>

const hex = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')

/**
 * The fingerprint of an op's plaintext, 64 hexadecimal digits. Same device and number with another fingerprint means a cloned
 * or restored phone (I-7).
 * @param encode text to UTF-8 bytes
 */
export const opHash = async (op: Op, sha256: Sha256, encode: (text: string) => Uint8Array): Promise<string> =>
  hex(await sha256(encode(canonical(op))))

/** The fingerprint of a pushed batch: of its ops' fingerprints in order. */
export const batchHash = async (
  hashes: readonly string[],
  sha256: Sha256,
  encode: (text: string) => Uint8Array,
): Promise<string> => hex(await sha256(encode(hashes.join(''))))
