/** SHA-256 as 64 hexadecimal digits. */
export async function hashOf(crypto: Crypto, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(hash, (one) => one.toString(16).padStart(2, '0')).join('')
}
