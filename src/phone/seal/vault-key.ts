import type { Bytes, Envelope, KeyRow } from '../database/rows.ts'
import type { VaultTables } from '../database/tables.ts'
import { isOf, makeKey, sealerOf, SUITES, type Sealer } from './box.ts'
import type { VaultKeys } from './envelope.ts'
import { openSealed, sealFor, toPair, toServer, toVault, VAULT_ITSELF, type Recipient } from './sealed-box.ts'

/** How a vault stands. plain: no PIN yet. locked: it has one. ended: after ten wrong tries nothing of it opens any more. */
export type VaultStand = 'plain' | 'locked' | 'ended'

/** Thrown by whoever wants to read what is locked. */
export class Locked extends Error {
  override name = 'Locked'
}

interface KeyRows {
  plain: CryptoKey | null
  envelope: Envelope | null
  isEnded: boolean
  /** What the server gave for handing in locked; null: nothing yet. */
  door: KeyRow['door'] | null
}

/** The rows of keys as they lie there. */
export async function readKeys(tables: VaultTables): Promise<KeyRows> {
  const [plain, row, door] = await tables.read(['key'], ({ key }) =>
    key.getMany(['vault', 'envelope', 'door']),
  )
  return {
    plain: plain?.key ?? null,
    envelope: row?.envelope ?? null,
    isEnded: row?.ended !== undefined,
    door: door?.door ?? null,
  }
}

/** How a vault stands that is there. */
export async function standOf(tables: VaultTables): Promise<VaultStand> {
  const { envelope, isEnded } = await readKeys(tables)
  return isEnded ? 'ended' : envelope ? 'locked' : 'plain'
}

/** The database's key; made with the database, and never a second one while the first is there. */
async function makePlainKey(tables: VaultTables, crypto: Crypto): Promise<KeyRows> {
  const fresh: KeyRow = { name: 'vault', key: await makeKey(crypto) }
  await tables.write(['key'], 'strict', async ({ key }) => {
    // Another tab may have been first, with a key or an envelope; that then opens everything.
    const others = await key.getMany(['vault', 'envelope'])
    if (others.every((one) => one === undefined)) await key.put(fresh)
  })
  return readKeys(tables)
}

const noneOpens = (): Promise<never> => Promise.reject(new Locked('this vault is locked'))

/** Seals what only an unlocked vault reads, and, where the server's key is known, the server. */
export function lockedSealer(envelope: Envelope, server: Bytes | null, crypto: Crypto): Sealer {
  const own = toPair(crypto, VAULT_ITSELF, envelope.publicKey)
  let reached = server
  return {
    envelope: envelope.id,
    seal: (aad, plain) => sealFor(crypto, [own], aad, plain),
    // An encapsulation of its own: what is written locked is not told by it to be of one sitting.
    share: async (aad, plain) =>
      sealFor(crypto, reached ? [own, await toServer(crypto, reached)] : [own], aad, plain),
    reach: (publicKey) => void (reached = publicKey),
    open: noneOpens,
  }
}

/** Seals under the vault's key, and opens every suite there ever was in it. */
function unlockedSealer(
  keys: VaultKeys,
  plain: CryptoKey | null,
  server: Bytes | null,
  crypto: Crypto,
): Sealer {
  const own = sealerOf(keys.key, crypto, SUITES.vault)
  const old = plain && sealerOf(plain, crypto)
  const vault = toVault(crypto, keys.key)
  let reached: Promise<Recipient> | null = server && toServer(crypto, server)
  return {
    envelope: keys.id,
    seal: own.seal,
    async share(aad, content) {
      if (!reached) return own.seal(aad, content)
      return sealFor(crypto, [vault, await reached], aad, content)
    },
    reach: (publicKey) => void (reached = toServer(crypto, publicKey)),
    open: (aad, box) =>
      isOf(SUITES.sealed, box)
        ? openSealed(crypto, keys, aad, box)
        : (old && isOf(SUITES.plain, box) ? old : own).open(aad, box),
  }
}

/**
 * The sealer of a vault. Without a PIN AES-GCM under the key that lies in its database; with one, that of an unlocked vault for whoever has
 * its keys, else one that seals and opens nothing.
 * @param keys of an unlocked vault; those of another envelope count as none
 */
export async function openVaultSealer(
  tables: VaultTables,
  crypto: Crypto,
  keys: VaultKeys | null = null,
): Promise<Sealer> {
  const found = await readKeys(tables)
  const isNew = !found.plain && !found.envelope && !found.isEnded
  const { plain, envelope, isEnded, door } = isNew ? await makePlainKey(tables, crypto) : found
  const server = door?.publicKey ?? null
  if (isEnded) return { envelope: 'ended', seal: noneOpens, open: noneOpens }
  if (!envelope) return { ...sealerOf(plain as CryptoKey, crypto), envelope: null }
  return keys?.id === envelope.id
    ? unlockedSealer(keys, plain, server, crypto)
    : lockedSealer(envelope, server, crypto)
}
