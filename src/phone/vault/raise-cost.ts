import type { KeyCost } from '../backup/argon2.ts'
import { isBelow } from '../backup/passphrase-key.ts'
import type { Envelope } from '../database/rows.ts'
import type { VaultTables } from '../database/tables.ts'
import { wrappedAnew, type Secret } from '../seal/envelope.ts'
import { readKeys } from '../seal/vault-key.ts'

/** Puts an envelope in the place of the one it was made from; whatever another tab did to that one meanwhile stays. */
export const replaceEnvelope = (tables: VaultTables, from: Envelope, to: Envelope): Promise<boolean> =>
  tables.write(['key'], 'strict', async ({ key }) => {
    const now = (await key.get('envelope'))?.envelope
    const isSame =
      now?.id === from.id &&
      now.wraps.length === from.wraps.length &&
      now.wraps.every((wrap, at) => wrap.box.every((byte, i) => byte === from.wraps[at]?.box[i]))
    if (isSame) await key.put({ name: 'envelope', envelope: to })
    return isSame
  })

/**
 * Wraps the vault's key anew when its wrap was made for less than is asked for now: the one moment at which the secret is known (TR-03).
 * Costs, where it has to be done, as much as one more unlock.
 * @param secret as it is spoken, just found right
 * @returns whether it was raised; where it cannot be done now, the next unlock tries again
 */
export async function raiseCost(
  tables: VaultTables,
  secret: Secret,
  least: KeyCost,
  crypto: Crypto,
): Promise<boolean> {
  const { envelope } = await readKeys(tables)
  const wrap = envelope?.wraps.find((one) => one.by === secret.by)
  if (!envelope || !wrap || !isBelow(wrap.kdf, least)) return false
  const cost = { m: Math.max(wrap.kdf.m, least.m), t: Math.max(wrap.kdf.t, least.t) }
  const anew = await wrappedAnew(envelope, secret, secret, cost, crypto)
  return anew !== null && replaceEnvelope(tables, envelope, anew)
}
