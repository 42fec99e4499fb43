import type { Id } from '#domain/id.ts'
import { EnteredSchema, type Entered } from '#sync/protocol/accounts.ts'
import * as v from 'valibot'
import { refuse, accept, type Result } from '#domain/result.ts'
import { storageFailure } from './database/failures.ts'
import { META } from './database/rows.ts'
import { vaultDatabase, type DatabasePlatform, type VaultDatabase } from './database/vault-database.ts'
import { firstRead } from './first-read.ts'
import { metaBox, NO_SYNC, readFacts, type Identity } from './notebook/context.ts'
import type { Marks } from './marks.ts'
import { openVaultKey } from './seal/vault-key.ts'
import { sealerOf, type Sealer } from './seal/box.ts'
import { knownVaults, markVault, newVaultId, readMarks, setCurrent } from './vaults.ts'

export interface EnrolmentPorts extends DatabasePlatform {
  crypto: Crypto
  marks: Marks
}

/** An answer checked before anything is written. */
export function readEntry(answer: unknown): Result<Entered, 'malformed'> {
  const parsed = v.safeParse(EnteredSchema, answer)
  return parsed.success ? accept(parsed.output) : refuse('malformed')
}

/** The vault of a person on this browser; null when there is none. Looks into each, because their names say nothing. */
async function vaultOf(person: Id, ports: EnrolmentPorts): Promise<string | null> {
  for (const vault of await knownVaults(ports.marks, ports)) {
    const found = await firstRead(vault, ports, 1).catch(() => null)
    if (found?.me?.person === person) return vault
  }
  return null
}

/** The current vault if nobody has claimed it: drafts written before entering are the work of whoever enters there. */
async function unclaimedVault(ports: EnrolmentPorts): Promise<string | null> {
  const { current } = readMarks(ports.marks)
  if (current === null) return null
  const found = await firstRead(current, ports, 1).catch(() => null)
  return found !== null && found.me === null ? current : null
}

/**
 * The number under which ops go from now on. The server may give this installation a new one; ops made before keep theirs and
 * say so (`as`), so that a receipt they already have is found.
 */
function identityAfter(before: Identity | null, device: number, next: number): Identity {
  if (!before || before.device === device) return { device, former: before?.former ?? [] }
  return { device, former: [...before.former, { device: before.device, below: next }] }
}

/** Writes who this is into a vault, in one strict transaction. */
async function writeEntry(db: VaultDatabase, sealer: Sealer, entry: Entered): Promise<void> {
  const before = await readFacts({ db, sealer })
  const next = (await db.meta.get(META.next))?.value ?? 1
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
  await db.transaction('rw', db.meta, async () => {
    await db.meta.bulkPut(rows)
    if (!(await db.meta.get(META.next))) await db.meta.put({ name: META.next, value: 1 })
  })
}

/**
 * Makes the vault of a person after the server let them in, or finds the one they have: nothing that waits in it is touched, and
 * another person's vault stays closed beside it (I-30).
 * @param options anew: a fresh vault beside the old one, for a demonstration that was begun again
 * @returns the vault's id; it is the current one from now on
 */
export async function enterVault(
  entry: Entered,
  ports: EnrolmentPorts,
  options: { anew?: boolean } = {},
): Promise<Result<string, 'storage-full' | 'storage-broken'>> {
  const known = options.anew
    ? null
    : ((await vaultOf(entry.me.person, ports)) ?? (await unclaimedVault(ports)))
  const vault = known ?? newVaultId(ports.crypto)
  const db = vaultDatabase(vault, ports, 'strict')
  try {
    await db.open()
    const sealer = sealerOf(await openVaultKey(db, ports.crypto), ports.crypto)
    await writeEntry(db, sealer, entry)
    const last = ((await db.meta.get(META.next))?.value ?? 1) - 1
    markVault(ports.marks, { id: vault, n: last, waiting: await db.out.count() })
    setCurrent(ports.marks, vault)
    return accept(vault)
  } catch (error) {
    const failure = storageFailure(error)
    if (failure) return refuse(failure)
    throw error
  } finally {
    db.close()
  }
}

/**
 * The device number this browser has in its current vault, to be named when signing in again, so that waiting work keeps its
 * numbers; null when there is none.
 */
export async function knownDevice(ports: EnrolmentPorts): Promise<number | null> {
  const vault = (await openVault(ports))?.vault
  if (vault === undefined || (await firstRead(vault, ports, 1)) === null) return null
  const db = vaultDatabase(vault, ports, 'strict')
  try {
    await db.open()
    const sealer = sealerOf(await openVaultKey(db, ports.crypto), ports.crypto)
    return (await readFacts({ db, sealer })).identity?.device ?? null
  } finally {
    db.close()
  }
}

export interface FoundVault {
  vault: string
  /** Ops that must have been in it, when its database is not there any more; null when all is well. */
  vanished: number | null
}

/** The vault this browser opens by itself; null before anybody entered, and after leaving. */
export async function openVault(ports: EnrolmentPorts): Promise<FoundVault | null> {
  const { current, vaults } = readMarks(ports.marks)
  const found = current ?? onlyOne(await knownVaults(ports.marks, ports), vaults.length)
  if (found === null) return null
  const read = await firstRead(found, ports, 1).catch(() => undefined)
  // A store that does not open just now is broken weather, not an empty phone.
  const isThere = read === undefined || (read !== null && read.me !== null)
  const mark = vaults.find((one) => one.id === found)
  return { vault: found, vanished: isThere ? null : (mark?.waiting ?? 0) }
}

/** The marker was wiped but a database is there: it can only be that one, if it is the only one. */
const onlyOne = (known: readonly string[], marked: number): string | null =>
  marked === 0 && known.length === 1 ? (known[0] ?? null) : null

/** Leaving: the next start asks who it is. Nothing is removed. */
export const leaveVault = (ports: Pick<EnrolmentPorts, 'marks'>): void => setCurrent(ports.marks, null)
