import { PROOF_KEY } from '#sync/protocol/device-proof.ts'
import type { After } from '../database/connect.ts'
import type { KeyRow } from '../database/rows.ts'
import type { ReadTables, VaultStorage, WriteTables } from '../database/tables.ts'
import type { Marks } from '../marks.ts'
import { readMarks } from '../vaults.ts'
import { toBase64 } from './base64.ts'

/** A key of this phone's own, made when somebody enters: the server hears the public half, the other signs and cannot be read out. */
export interface DeviceKey {
  privateKey: CryptoKey
  /** SPKI, base64url. */
  publicKey: string
}

export async function makeDeviceKey(crypto: Crypto): Promise<DeviceKey> {
  const pair = await crypto.subtle.generateKey(PROOF_KEY, false, ['sign', 'verify'])
  const spki = await crypto.subtle.exportKey('spki', pair.publicKey)
  return { privateKey: pair.privateKey, publicKey: toBase64(new Uint8Array(spki)) }
}

/** Keeps the key that an entry was made with, or forgets the one of before: the server asks for what it was named last. */
export const putDeviceKey = ({ key }: WriteTables<'key'>, made: CryptoKey | null): Promise<unknown> =>
  made ? key.put({ name: 'device', key: made } satisfies KeyRow) : key.deleteMany(['device'])

/** What a vault's requests are signed with. null: its phone named no key. */
export const deviceKeyIn = async (tables: ReadTables<'key'>): Promise<CryptoKey | null> =>
  (await tables.key.get('device'))?.key ?? null

/** Longer than a slow phone needs to look it up, ms: then another page stands in the way. */
const PATIENCE_MS = 3000

/**
 * The same of the vault that this browser has open, without opening it: a page asks before its notebook is there. Looked up once for each
 * vault, because whoever enters anew begins a new page.
 * @returns rejects when it cannot be looked up just now: asked unsigned, the server would send somebody to sign in for nothing
 */
export function currentDeviceKey(
  ports: Pick<VaultStorage, 'peekTables'> & { marks: Marks; after: After },
): () => Promise<CryptoKey | null> {
  let known: { vault: string; key: Promise<CryptoKey | null> } | null = null
  async function look(vault: string): Promise<CryptoKey | null> {
    const tables = await ports.peekTables(vault)
    if (!tables) return null
    try {
      return await tables.read(['key'], deviceKeyIn)
    } finally {
      tables.close()
    }
  }
  const inTime = (vault: string): Promise<CryptoKey | null> =>
    new Promise((found, late) => {
      const cancel = ports.after(PATIENCE_MS, () =>
        late(new DOMException('not read in time', 'TimeoutError')),
      )
      void look(vault).then(found, late).finally(cancel)
    })
  return async () => {
    const { current } = readMarks(ports.marks)
    if (current === null) return null
    if (known?.vault !== current) known = { vault: current, key: inTime(current) }
    const asked = known
    return asked.key.catch((error: unknown) => {
      if (known === asked) known = null
      throw error
    })
  }
}
