import type { Id } from '#domain/id.ts'
import { EnteredSchema, type Entered } from '#sync/protocol/accounts.ts'
import type { Me } from '#sync/protocol/wire.ts'
import * as v from 'valibot'
import { refuse, accept, type Result } from '#domain/result.ts'
import { storageFailure } from './database/failures.ts'
import { META } from './database/rows.ts'
import type { VaultStorage, VaultTables } from './database/tables.ts'
import { metaBox, NO_SYNC, readFacts, type Identity } from './notebook/context.ts'
import type { PhonePorts } from './ports.ts'
import type { Sealer } from './seal/box.ts'
import { knownVaults, markVault, newVaultId, noteVanished, readMarks, setCurrent } from './vaults.ts'

export type EnrolmentPorts = VaultStorage & Pick<PhonePorts, 'openSealer' | 'crypto' | 'marks'>

/** An answer checked before anything is written. */
export function readEntry(answer: unknown): Result<Entered, 'malformed'> {
  const parsed = v.safeParse(EnteredSchema, answer)
  return parsed.success ? accept(parsed.output) : refuse('malformed')
}

/** Looks into a vault that is there. null: there is none, or its store does not open just now. */
async function lookInto<T>(
  vault: string,
  ports: EnrolmentPorts,
  look: (tables: VaultTables) => Promise<T>,
): Promise<T | null> {
  const tables = await ports.peekTables(vault)
  if (!tables) return null
  try {
    return await look(tables)
  } finally {
    tables.close()
  }
}

/** Whose vault it is; `me` is null while it is nobody's. null: there is no such vault. */
const whoIsIn = (vault: string, ports: EnrolmentPorts): Promise<{ me: Me | null } | null> =>
  lookInto(vault, ports, async (tables) => {
    const isSomebodys = await tables.read(['meta'], ({ meta }) => meta.get(META.me))
    // Nobody's vault may have no key yet, and looking makes none.
    if (!isSomebodys) return { me: null }
    return readFacts({ tables, sealer: await ports.openSealer(tables) })
  })

/** The vault of a person on this browser; null when there is none. Looks into each, because their names say nothing. */
async function vaultOf(person: Id, ports: EnrolmentPorts): Promise<string | null> {
  for (const vault of await knownVaults(ports.marks, ports)) {
    const found = await whoIsIn(vault, ports).catch(() => null)
    if (found?.me?.person === person) return vault
  }
  return null
}

/** The current vault if nobody has claimed it: drafts written before entering are the work of whoever enters there. */
async function unclaimedVault(ports: EnrolmentPorts): Promise<string | null> {
  const { current } = readMarks(ports.marks)
  if (current === null) return null
  const found = await whoIsIn(current, ports).catch(() => null)
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
async function writeEntry(
  tables: VaultTables,
  sealer: Sealer,
  entry: Entered,
): Promise<{ n: number; waiting: number }> {
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
  return tables.write(['meta', 'out'], 'strict', async ({ meta, out }) => {
    await meta.putMany(rows)
    const counter = (await meta.get(META.next)) ?? { name: META.next, value: 1 }
    await meta.put(counter)
    return { n: (counter.value ?? 1) - 1, waiting: await out.count() }
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
  let tables: VaultTables | null = null
  try {
    tables = await ports.openTables(vault)
    const held = await writeEntry(tables, await ports.openSealer(tables), entry)
    noteVanished(ports.marks, vault, held.n)
    markVault(ports.marks, { id: vault, ...held })
    setCurrent(ports.marks, vault)
    return accept(vault)
  } catch (error) {
    const failure = storageFailure(error)
    if (failure) return refuse(failure)
    throw error
  } finally {
    tables?.close()
  }
}

/**
 * The device number this browser has in its current vault, to be named when signing in again, so that waiting work keeps its
 * numbers; null when there is none.
 */
export async function knownDevice(ports: EnrolmentPorts): Promise<number | null> {
  const vault = (await openVault(ports))?.vault
  if (vault === undefined) return null
  return lookInto(vault, ports, async (tables) => {
    const sealer = await ports.openSealer(tables)
    return (await readFacts({ tables, sealer })).identity?.device ?? null
  })
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
  const read = await whoIsIn(found, ports).catch(() => undefined)
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
