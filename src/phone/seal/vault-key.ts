import type { VaultDatabase } from '../database/vault-database.ts'
import { makeKey } from './box.ts'

const NAME = 'vault'

/** The database's key; made with the database, and never a second one while the first is there. */
export async function openVaultKey(db: VaultDatabase, crypto: Crypto): Promise<CryptoKey> {
  const known = await db.key.get(NAME)
  if (known) return known.key
  const fresh = await makeKey(crypto)
  return db.transaction('rw', db.key, async () => {
    // Another tab may have been first; its key then opens everything.
    const other = await db.key.get(NAME)
    if (other) return other.key
    await db.key.add({ name: NAME, key: fresh })
    return fresh
  })
}
