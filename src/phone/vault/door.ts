import { doorText, type Door } from '#sync/protocol/dropbox.ts'
import type { DoorKey, KeyRow } from '../database/rows.ts'
import type { VaultTables } from '../database/tables.ts'
import { fromBase64 } from './base64.ts'

/** What a vault hands in with while it is locked; null: it was never given anything. */
export const readDoor = async (tables: VaultTables): Promise<DoorKey | null> =>
  (await tables.read(['key'], ({ key }) => key.get('door')))?.door ?? null

/** Whether a key comes from who gave the first one: vouched for under the word of then. */
async function isVouched(held: DoorKey, door: Door, crypto: Crypto): Promise<boolean> {
  const word = new TextEncoder().encode(held.token)
  const how = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', word, how, false, ['verify'])
  return crypto.subtle.verify('HMAC', key, fromBase64(door.mac), new TextEncoder().encode(doorText(door.key)))
}

const isSame = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((byte, at) => byte === other[at])

/**
 * The row that keeps a door: the first is believed, as the sign-in it comes with is; after that another key only from who gave the first.
 * @returns null: nothing is to be kept, because it is the same or was not vouched for
 */
export async function doorRow(
  held: DoorKey | null,
  door: Door,
  crypto: Crypto,
): Promise<(KeyRow & { door: DoorKey }) | null> {
  const next = { publicKey: fromBase64(door.key), token: door.token }
  const row = { name: 'door' as const, door: next }
  if (!held) return row
  if (isSame(held.publicKey, next.publicKey)) return held.token === next.token ? null : row
  return (await isVouched(held, door, crypto)) ? row : null
}

/** Keeps a door that came. @returns the one that is there now */
export async function keepDoor(tables: VaultTables, door: Door, crypto: Crypto): Promise<DoorKey | null> {
  const held = await readDoor(tables)
  const row = await doorRow(held, door, crypto)
  if (!row) return held
  await tables.write(['key'], 'strict', ({ key }) => key.put(row))
  return row.door
}
