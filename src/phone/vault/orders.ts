import { ordersIn, type CheckSignature, type DeviceOrder } from '#sync/protocol/directive.ts'
import { META } from '../database/rows.ts'
import type { VaultTables } from '../database/tables.ts'
import { fromBase64 } from './base64.ts'

/** ECDSA as the browser has it. Never throws for what is none. */
const checkBy =
  (crypto: Crypto): CheckSignature =>
  async (key, sig, text) => {
    try {
      const how = { name: 'ECDSA', namedCurve: 'P-256' }
      const point = await crypto.subtle.importKey('raw', fromBase64(key), how, false, ['verify'])
      const said = new TextEncoder().encode(text)
      return await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, point, fromBase64(sig), said)
    } catch {
      return false
    }
  }

/** The order of the office that stands; null: none does. */
export async function standingOrder(tables: VaultTables): Promise<{ order: DeviceOrder; n: number } | null> {
  const row = await tables.read(['meta'], ({ meta }) => meta.get(META.order))
  if (!row?.holder || row.holder === 'release') return null
  return { order: row.holder as DeviceOrder, n: row.value ?? 0 }
}

/**
 * Obeys what the office orders of this phone, if this server signed it for this phone and it is newer than what was obeyed: written down,
 * strictly, before anything is done (TR-08).
 * @returns the order that stands now; null: none, and nothing has changed
 */
export async function obey(
  tables: VaultTables,
  directives: readonly unknown[],
  here: { device: number; keys: readonly string[] },
  crypto: Crypto,
): Promise<DeviceOrder | null> {
  if (directives.length === 0) return null
  const obeyed = (await tables.read(['meta'], ({ meta }) => meta.get(META.order)))?.value ?? 0
  const orders = await ordersIn(directives, { ...here, obeyed }, checkBy(crypto))
  const last = orders[orders.length - 1]
  if (!last) return null
  await tables.write(['meta'], 'strict', async ({ meta }) => {
    const now = (await meta.get(META.order))?.value ?? 0
    if (last.n > now) await meta.put({ name: META.order, value: last.n, holder: last.order })
  })
  return last.order
}
