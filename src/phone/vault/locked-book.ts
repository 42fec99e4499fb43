import type { Id } from '#domain/id.ts'
import type { Me } from '#sync/protocol/wire.ts'
import type { Draft, Edit, Saved, SaveRefusal } from '../api.ts'
import { refuse, type Result } from '#domain/result.ts'
import { META } from '../database/rows.ts'
import { newId, NO_SYNC, readFacts, type Context } from '../notebook/context.ts'
import { draftBox } from '../notebook/drafts.ts'
import { MAKERS } from '../notebook/plan.ts'
import { saveEdits } from '../notebook/save.ts'
import { changeNotes } from '../notes.ts'
import type { PhonePorts } from '../ports.ts'
import { fenced } from '../seal/fence.ts'
import { openVaultSealer } from '../seal/vault-key.ts'
import { storageBudget } from '../storage/budget.ts'
import { markVault } from '../vaults.ts'
import type { VaultTables } from '../database/tables.ts'
import type { Sealer } from '../seal/box.ts'
import { standingOrder } from './orders.ts'
import { readWriter, type Writer } from './writer.ts'

/** What can be done with a locked vault: write down what is new. Nothing in it can be read. */
export interface LockedBook {
  me: Me
  /** Ops that wait, handed in when it is unlocked. */
  waiting: number
  newId(): Id
  /** Saves new records, sealed for the next unlock; anything else is refused as `locked`. */
  save(edits: readonly Edit[], finish?: { draft?: Id }): Promise<Result<Saved, SaveRefusal>>
  putDraft(draft: Draft): Promise<Result<true, SaveRefusal>>
  dropDraft(id: Id): Promise<void>
  close(): void
}

/** Whether edits stand on nothing but each other: what is in the vault cannot be read now. */
function areNew(edits: readonly Edit[]): boolean {
  const made = new Set<string>()
  for (const { op, kind, id } of edits) {
    const key = `${kind}/${id}`
    if (MAKERS.includes(op)) made.add(key)
    else if (!made.has(key)) return false
  }
  return true
}

/** Who writes on a phone that has no PIN and that the office had locked; null: it is not locked at all. */
async function heldWriter(tables: VaultTables, sealer: Sealer): Promise<Writer | null> {
  if (sealer.envelope !== null || !(await standingOrder(tables))) return null
  const { me, identity, sync } = await readFacts({ tables, sealer })
  return me && identity ? { me, ...identity, offset: sync.offset } : null
}

/**
 * Opens the writing half of a locked vault. Asks for no PIN, session, lease or network.
 * @returns null: the vault is not locked, is not on this phone any more, or nothing is known of who writes here
 */
export async function openLockedBook(ports: PhonePorts, vault: string): Promise<LockedBook | null> {
  const there = await ports.peekTables(vault)
  if (!there) return null
  there.close()
  const opened = await ports.openTables(vault)
  const sealer = await openVaultSealer(opened, ports.crypto)
  const writer =
    (await readWriter(opened, ports.crypto).catch(() => null)) ?? (await heldWriter(opened, sealer))
  if (sealer.envelope === 'ended' || !writer) {
    opened.close()
    return null
  }
  const budget = storageBudget(opened, ports)
  const tables = fenced(budget.tables, sealer)
  const notes = changeNotes(vault, ports)
  const ctx: Context = {
    vault,
    tables,
    budget,
    lost: null,
    sealer,
    ports,
    notes,
    me: writer.me,
    identity: { device: writer.device, former: writer.former ?? [] },
    sync: { ...NO_SYNC, offset: writer.offset },
    last: null,
  }
  const drafts = draftBox(ctx)
  const waiting = (): Promise<number> => tables.read(['out'], ({ out }) => out.count())
  let turn: Promise<unknown> = Promise.resolve()
  const saveNow = async (edits: readonly Edit[], finish: { draft?: Id }) => {
    const saved = await saveEdits(ctx, edits, finish)
    // Nothing that was written stays in the memory of a locked page.
    ctx.last = null
    if (saved.ok) {
      const next = (await tables.read(['meta'], ({ meta }) => meta.get(META.next)))?.value ?? 1
      markVault(ports.marks, { id: vault, n: next - 1, waiting: await waiting() })
    }
    return saved
  }
  return {
    me: writer.me,
    waiting: await waiting(),
    newId: () => newId(ports),
    async save(edits, finish = {}) {
      if (!areNew(edits)) return refuse('locked')
      const mine = turn.then(() => saveNow(edits, finish))
      turn = mine.catch(() => undefined)
      return mine
    },
    putDraft: drafts.put,
    dropDraft: drafts.drop,
    close() {
      notes.close()
      tables.close()
    },
  }
}
