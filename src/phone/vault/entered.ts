import type { Entered } from '#sync/protocol/accounts.ts'
import { META } from '../database/rows.ts'
import type { VaultTables } from '../database/tables.ts'
import { putDeviceKey } from './device-key.ts'
import { doorRow, readDoor } from './door.ts'
import { metaBox, NO_SYNC, readFacts, type Identity } from '../notebook/context.ts'
import { readWriter } from './writer.ts'
import { boundTo, openJson, type Sealer } from '../seal/box.ts'

/**
 * The number under which ops go from now on. The server may give this installation a new one; ops made before keep theirs and
 * say so (`as`), so that a receipt they already have is found.
 */
function identityAfter(before: Identity | null, device: number, next: number): Identity {
  if (!before || before.device === device) return { device, former: before?.former ?? [] }
  return { device, former: [...before.former, { device: before.device, below: next }] }
}

/** An answer that let somebody in. `key`: what this phone named to the server; null: nothing; absent: it is kept already. */
export interface Entering {
  entry: Entered
  key?: CryptoKey | null
}

/** What comes with a sign-in for handing in locked; null: nothing new. */
const doorFor = async (tables: VaultTables, { door }: Entered, crypto: Crypto) =>
  door ? doorRow(await readDoor(tables), door, crypto) : null

/**
 * Writes who this is into an open vault, in one strict transaction.
 * @returns null, with nothing written: it was nobody's when it was looked at, and another page has let somebody in since
 */
export async function writeEntry(
  tables: VaultTables,
  sealer: Sealer,
  { entry, key: own }: Entering,
  crypto: Crypto,
): Promise<{ n: number; waiting: number } | null> {
  const before = await readFacts({ tables, sealer })
  const next = (await tables.read(['meta'], ({ meta }) => meta.get(META.next)))?.value ?? 1
  // Rights that changed meanwhile come with the next answer, which also brings what they gained and takes what they lost; asking
  // under revision 0 makes sure that it does.
  const sync = before.me
    ? { ...before.sync, scopeRev: 0 }
    : { ...NO_SYNC, epoch: entry.epoch, scopeRev: entry.scopeRev }
  const rows = [
    await metaBox({ sealer }, META.me, before.me ?? entry.me),
    await metaBox({ sealer }, META.identity, identityAfter(before.identity, entry.device, next)),
    await metaBox({ sealer }, META.sync, sync),
  ]
  const door = await doorFor(tables, entry, crypto)
  // What was ordered of another installation is not about this one.
  const isOther = before.identity !== null && before.identity.device !== entry.device
  return tables.write(['meta', 'out', 'key'], 'strict', async ({ meta, out, key }) => {
    if (!before.me && (await meta.get(META.me))) return null
    await meta.putMany(rows)
    if (door) await key.put(door)
    if (own !== undefined) await putDeviceKey({ key }, own)
    if (isOther) await meta.deleteMany([META.order])
    await meta.deleteMany([META.entered])
    const counter = (await meta.get(META.next)) ?? { name: META.next, value: 1 }
    await meta.put(counter)
    return { n: (counter.value ?? 1) - 1, waiting: await out.count() }
  })
}

/** Who signs in while their vault is locked: sealed, and taken in at the next unlock, because what it changes cannot be read now. */
export async function leaveEntry(
  tables: VaultTables,
  sealer: Sealer,
  { entry, key: own = null }: Entering,
  crypto: Crypto,
): Promise<{ n: number; waiting: number }> {
  const row = await metaBox({ sealer }, META.entered, entry)
  const door = await doorFor(tables, entry, crypto)
  const isOther = (await readWriter(tables, crypto).catch(() => null))?.device !== entry.device
  return tables.write(['meta', 'out', 'key'], 'strict', async ({ meta, out, key }) => {
    await meta.put(row)
    if (door) await key.put(door)
    await putDeviceKey({ key }, own)
    if (isOther) await meta.deleteMany([META.order])
    return { n: ((await meta.get(META.next))?.value ?? 1) - 1, waiting: await out.count() }
  })
}

/** Takes in a signing in that happened while the vault was locked. */
export async function takeEntered(tables: VaultTables, sealer: Sealer, crypto: Crypto): Promise<void> {
  const row = await tables.read(['meta'], ({ meta }) => meta.get(META.entered))
  if (!row?.box) return
  const entry = await openJson<Entered>(sealer, boundTo('meta', META.entered), row.box)
  await writeEntry(tables, sealer, { entry }, crypto)
}
