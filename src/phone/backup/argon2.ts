/** What making a key from a passphrase costs: memory in KiB and passes (RFC 9106 §3.1), one lane. */
export interface KeyCost {
  m: number
  t: number
}

/** One key to be made. */
export interface KeyWish {
  phrase: string
  salt: Uint8Array
  cost: KeyCost
}

/** Argon2id, 32 bytes. Rejects when there is not that much memory. */
export async function argon2({ phrase, salt, cost }: KeyWish): Promise<Uint8Array<ArrayBuffer>> {
  // Loaded only when a backup is made or read.
  const { argon2id } = await import('hash-wasm')
  const hash = await argon2id({
    password: phrase,
    salt,
    parallelism: 1,
    iterations: cost.t,
    memorySize: cost.m,
    hashLength: 32,
    outputType: 'binary',
  })
  return hash as Uint8Array<ArrayBuffer>
}
