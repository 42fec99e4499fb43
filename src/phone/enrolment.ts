import type { Id } from '#domain/id.ts'
import { EnteredSchema, type Entered } from '#sync/protocol/accounts.ts'
import type { Me } from '#sync/protocol/wire.ts'
import * as v from 'valibot'
import { refuse, accept, type Result } from '#domain/result.ts'
import { storageFailure } from './database/failures.ts'
import { META } from './database/rows.ts'
import type { VaultStorage, VaultTables } from './database/tables.ts'
import { readFacts } from './notebook/context.ts'
import type { PhonePorts } from './ports.ts'
import { fenced } from './seal/fence.ts'
import { openVaultSealer, standOf } from './seal/vault-key.ts'
import { leaveEntry, writeEntry } from './vault/entered.ts'
import { readWriter } from './vault/writer.ts'
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

interface Whose {
  me: Me | null
  device: number | null
  isEnded?: boolean
}

/** Whose vault it is, and under which number; `me` is null while it is nobody's. A locked one says it of its writer alone. */
async function whoseIs(tables: VaultTables, ports: EnrolmentPorts): Promise<Whose | null> {
  const isSomebodys = await tables.read(['meta'], ({ meta }) => meta.get(META.me))
  // Nobody's vault may have no key yet, and looking makes none.
  if (!isSomebodys) return { me: null, device: null }
  const stand = await standOf(tables)
  // Nobody gets into it again; whoever comes back begins beside it.
  if (stand === 'ended') return { me: null, device: null, isEnded: true }
  if (stand === 'locked') return readWriter(tables, ports.crypto)
  const { me, identity } = await readFacts({ tables, sealer: await ports.openSealer(tables) })
  return { me, device: identity?.device ?? null }
}

/** Whose vault it is. null: there is no such vault. */
const whoIsIn = (vault: string, ports: EnrolmentPorts): Promise<Whose | null> =>
  lookInto(vault, ports, (tables) => whoseIs(tables, ports))

/**
 * The vault of a person on this browser; null when there is none. Looks into each, because their names say nothing. Two pages entered
 * at one moment may have made two: then it is the one that opens by itself, which is on the screen.
 */
async function vaultOf(person: Id, ports: EnrolmentPorts): Promise<string | null> {
  const { current, vaults } = readMarks(ports.marks)
  const known = await knownVaults(ports.marks, ports)
  for (const vault of known.sort((a, b) => Number(b === current) - Number(a === current))) {
    // Nobody will ever open it: its person begins anew beside it.
    if (vaults.some((one) => one.id === vault && one.forgotten)) continue
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
  return found !== null && found.me === null && !found.isEnded ? current : null
}

/**
 * Makes the vault of a person after the server let them in, or finds the one they have: nothing that waits in it is touched, and
 * another person's vault stays closed beside it (I-30).
 * @param options key: what the phone named to the server when it entered, and signs with from now on
 * @returns the vault's id; it is the current one from now on
 */
export async function enterVault(
  entry: Entered,
  ports: EnrolmentPorts,
  options: { key?: CryptoKey | null } = {},
): Promise<Result<string, 'storage-full' | 'storage-broken'>> {
  const known = (await vaultOf(entry.me.person, ports)) ?? (await unclaimedVault(ports))
  const vault = known ?? newVaultId(ports.crypto)
  let tables: VaultTables | null = null
  try {
    tables = await ports.openTables(vault)
    const isLocked = (await standOf(tables)) === 'locked'
    const sealer = isLocked ? await openVaultSealer(tables, ports.crypto) : await ports.openSealer(tables)
    const held = await (isLocked ? leaveEntry : writeEntry)(
      fenced(tables, sealer),
      sealer,
      { entry, key: options.key ?? null },
      ports.crypto,
    )
    // Two pages let somebody in at one moment: a vault is of the first, for ever (I-30), and the other one looks again.
    if (!held) return await enterVault(entry, ports, options)
    noteVanished(ports.marks, vault, held.n)
    markVault(ports.marks, { id: vault, ...held, device: entry.device })
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
  return lookInto(vault, ports, async (tables) => (await whoseIs(tables, ports))?.device ?? null)
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
  if (read?.isEnded) {
    // After ten wrong tries the next start asks who it is.
    setCurrent(ports.marks, null)
    return null
  }
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
