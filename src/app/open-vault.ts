import { databaseStorage } from '#phone/database/dexie-tables.ts'
import { browserMarks } from '#phone/marks.ts'
import { browserPorts, type Locks } from '#phone/ports.ts'
import { fetchDrop } from '#phone/vault/drop-net.ts'
import { readKeys } from '#phone/seal/vault-key.ts'
import type { Secret } from '#phone/seal/envelope.ts'
import { insideVault } from '#phone/vault/inside.ts'
import { openLockedBook, type LockedBook } from '#phone/vault/locked-book.ts'
import { isLeaseOver } from '#phone/vault/contact.ts'
import { standingOrder } from '#phone/vault/orders.ts'
import { tendAll, type ClosedStand } from '#phone/vault/tend.ts'
import { triesLeft, unlockVault, type Unlocked } from '#phone/vault/unlock.ts'
import { forgetPin } from '#phone/vaults.ts'
import type { VaultTables } from '#phone/database/tables.ts'
import { OBEYED_PATH } from '#sync/protocol/directive.ts'

const portsOf = (version: string) => browserPorts(version)

const inside = <T>(vault: string, version: string, work: (tables: VaultTables) => Promise<T>): Promise<T> =>
  insideVault(vault, portsOf(version), work)

/** How the tries of a locked vault stand, what closes it besides, how many drafts lie in it, and whether a passphrase opens it too. */
export const tries = (
  vault: string,
  version: string,
): Promise<{
  left: number
  wait: number
  closed: 'held' | 'lease' | null
  drafts: number
  hasPhrase: boolean
}> =>
  inside(vault, version, async (tables) => {
    const { left, wait } = await triesLeft(tables, portsOf(version))
    const isHeld = (await standingOrder(tables)) !== null
    const isOver = await isLeaseOver(tables, Date.now())
    const drafts = await tables.read(['draft'], ({ draft }) => draft.count())
    const { envelope } = await readKeys(tables)
    const hasPhrase = envelope?.wraps.some((one) => one.by === 'passphrase') ?? false
    return { left, wait, closed: isHeld ? 'held' : isOver ? 'lease' : null, drafts, hasPhrase }
  })

/** One try at a locked vault. */
export const unlock = (vault: string, version: string, secret: Secret): Promise<Unlocked> =>
  inside(vault, version, (tables) => unlockVault(tables, secret, portsOf(version)))

/** The writing half of a locked vault. */
export const lockedBook = (vault: string, version: string): Promise<LockedBook | null> =>
  openLockedBook(portsOf(version), vault)

function after(ms: number, what: () => void): () => void {
  const timer = setTimeout(what, ms)
  return () => clearTimeout(timer)
}

/** Says that an order was heard, as the phone it was given to: whoever has a session here may be somebody else. */
const obeyed = (n: number, word: string): Promise<void> =>
  fetch(OBEYED_PATH, {
    method: 'POST',
    credentials: 'omit',
    headers: { 'content-type': 'application/json', 'x-mingbai': '1', authorization: `Bearer ${word}` },
    body: JSON.stringify({ n }),
  }).then(
    () => undefined,
    () => undefined,
  )

/** Tends every vault of this browser but the one that is open. */
export const tend = (
  open: { vault: string; person: string } | null,
  version: string,
): Promise<ClosedStand[]> =>
  tendAll(open, {
    crypto,
    clock: { now: () => Date.now() },
    drop: fetchDrop(),
    app: version,
    locks: 'locks' in navigator ? (navigator.locks as unknown as Locks) : null,
    indexedDB,
    keyRange: IDBKeyRange,
    after,
    marks: browserMarks,
    listVaults: databaseStorage({ indexedDB, keyRange: IDBKeyRange }, after).listVaults,
    obeyed,
  })

/** Its person has forgotten the PIN and begins anew beside it. */
export const forget = (vault: string): void => forgetPin(browserMarks, vault)
