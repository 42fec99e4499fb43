import type { KeyRow } from '../database/rows.ts'
import type { VaultTables } from '../database/tables.ts'
import { makeKey, sealerOf, type Sealer } from './box.ts'

const NAME = 'vault'

/** The database's key; made with the database, and never a second one while the first is there. */
async function openVaultKey(tables: VaultTables, crypto: Crypto): Promise<CryptoKey> {
  const known = await tables.read(['key'], ({ key }) => key.get(NAME))
  if (known) return known.key
  const fresh: KeyRow = { name: NAME, key: await makeKey(crypto) }
  return tables.write(['key'], 'strict', async ({ key }) => {
    // Another tab may have been first; its key then opens everything.
    const other = await key.get(NAME)
    if (other) return other.key
    await key.put(fresh)
    return fresh.key
  })
}

/** The sealer of a vault: AES-GCM under the key that lies in its database. */
export const openVaultSealer = async (tables: VaultTables, crypto: Crypto): Promise<Sealer> =>
  sealerOf(await openVaultKey(tables, crypto), crypto)
