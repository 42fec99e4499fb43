import { ID_NUMBER_INFO, type FieldKey, type ServerBox } from '#domain/privacy/id-number.ts'
import type { Bytes } from '../database/rows.ts'
import { hpkeSeal } from './hpke.ts'

function bytesOf(base64url: string): Bytes {
  const text = atob(base64url.replace(/-/g, '+').replace(/_/g, '/'))
  return Uint8Array.from(text, (one) => one.charCodeAt(0))
}

const base64url = (bytes: Bytes): string =>
  btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=/g, '')

/**
 * Seals an identity number so that this phone cannot open it again: only the server can (TR-47).
 * @param bound see `boundToParty`
 */
export async function sealForServer(
  crypto: Crypto,
  { key, point }: FieldKey,
  bound: string,
  number: string,
): Promise<ServerBox> {
  const plain = new TextEncoder().encode(number) as Bytes
  const box = await hpkeSeal(crypto, bytesOf(point), { info: ID_NUMBER_INFO, aad: bound }, plain)
  return { key, box: base64url(box) }
}
