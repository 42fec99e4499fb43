import type { EngineBytes } from '#sync/engine/ports.ts'

/** Text and hashing as the platform offers them. */
export function platformBytes(crypto: Crypto): EngineBytes {
  const encoder = new TextEncoder()
  const decoder = new TextDecoder()
  return {
    encode: (text) => encoder.encode(text),
    decode: (bytes) => decoder.decode(bytes),
    sha256: async (bytes) =>
      new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)),
  }
}
