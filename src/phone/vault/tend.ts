import type { Marks } from '../marks.ts'
import { removeVault } from '../database/remove-vault.ts'
import type { VaultStorage, VaultTables } from '../database/tables.ts'
import { standOf } from '../seal/vault-key.ts'
import { dropMark, knownVaults, readMarks } from '../vaults.ts'
import { isAllThere, openClosed, tendClosed, type ClosedPlatform, type Tended } from './closed.ts'
import type { DropPorts } from './drop-off.ts'
import { readDoor } from './door.ts'
import { readWriter } from './writer.ts'

export interface TendPorts extends DropPorts, ClosedPlatform, Pick<VaultStorage, 'listVaults'> {
  marks: Marks
  /** Says that an order was carried out, or is about to be, by the word of the phone it was given to. Never rejects. */
  obeyed(n: number, word: string): Promise<void>
}

/** What is known of a vault that nobody has open. */
export interface ClosedStand extends Tended {
  vault: string
  /** Drafts in it, which nobody but who opens it can read. */
  drafts: number
  /** Everything in it is at the server, and it is not on this phone any more. */
  gone: boolean
}

/** Whether a vault will never be opened again: ten wrong tries, or a forgotten PIN, and its person works in another one by now. */
async function isReplaced(vault: string, tables: VaultTables, open: string | null, ports: TendPorts) {
  const { vaults } = readMarks(ports.marks)
  const isForgotten = vaults.some((one) => one.id === vault && one.forgotten)
  if (open === null || open === vault) return false
  return isForgotten || (await standOf(tables)) === 'ended'
}

async function tendOne(
  vault: string,
  open: string | null,
  person: string | null,
  ports: TendPorts,
): Promise<ClosedStand | null> {
  const tables = await openClosed(vault, ports)
  if (!tables) return null
  try {
    const done = await tendClosed(tables, ports)
    const drafts = await tables.read(['draft'], ({ draft }) => draft.count())
    const stand = { ...done, vault, drafts, gone: false }
    if (!done.answer || done.ops + done.files > 0) return stand
    const isOrdered = done.order?.order === 'wipe-after-drain'
    if (done.order) await ports.obeyed(done.order.n, (await readDoor(tables))?.token ?? '')
    const writer = await readWriter(tables, ports.crypto).catch(() => null)
    const isOver =
      person !== null && writer?.me.person === person && (await isReplaced(vault, tables, open, ports))
    if (!isOrdered && !(isOver && (await isAllThere(tables, ports)))) return stand
    if (!(await removeVault(vault, tables, ports.indexedDB))) return stand
    dropMark(ports.marks, vault)
    return { ...stand, gone: true }
  } finally {
    tables.close()
  }
}

/**
 * Tends every vault of this browser that no page has open: hands in what waits, each under its own name, hears what is ordered of it, and
 * lets go of one that its person has replaced once the server has answered for everything in it twice. Never rejects.
 * @param open the vault this page has open, and whose it is; null: none
 */
export async function tendAll(
  open: { vault: string; person: string } | null,
  ports: TendPorts,
): Promise<ClosedStand[]> {
  const found: ClosedStand[] = []
  for (const vault of await knownVaults(ports.marks, ports).catch(() => [])) {
    if (vault === open?.vault) continue
    const one = await tendOne(vault, open?.vault ?? null, open?.person ?? null, ports).catch(() => null)
    if (one) found.push(one)
  }
  return found
}
