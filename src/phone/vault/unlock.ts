import { accept } from '#domain/result.ts'
import type { KeyCost } from '../backup/argon2.ts'
import { KEY_FLOOR } from '../backup/passphrase-key.ts'
import { META, type MetaRow } from '../database/rows.ts'
import type { VaultTables } from '../database/tables.ts'
import type { PhonePorts } from '../ports.ts'
import { NotDerived, openEnvelope, type Secret, type VaultKeys } from '../seal/envelope.ts'
import { isShared } from '../seal/sealed-box.ts'
import { readKeys } from '../seal/vault-key.ts'
import { isLeaseOver } from './contact.ts'
import { isOwed, isOwedFile } from './drop-off.ts'
import { standingOrder } from './orders.ts'
import { raiseCost } from './raise-cost.ts'
import { spoken } from './secret.ts'
import { isSetBack, MOST_TRIES, waitLeft, type Tries } from './tries.ts'

/** wrong: not the secret. memory: it could not be looked at just now, which is no try. wait: too soon after the last try; nothing was looked at. lease: the server was not heard of for too long. held: the office had it locked. ended: no more tries, now or before. */
export type UnlockRefusal = 'wrong' | 'memory' | 'wait' | 'lease' | 'held' | 'ended'

const triesIn = (row: MetaRow | undefined): Tries => ({ failed: row?.value ?? 0, at: row?.until ?? 0 })
const rowOf = ({ failed, at }: Tries): MetaRow => ({ name: META.tries, value: failed, until: at })

/** @param wait ms until the next try may be made */
export type Unlocked = { ok: true; value: VaultKeys } | { ok: false; reason: UnlockRefusal; wait: number }

type Ports = Pick<PhonePorts, 'crypto' | 'clock'>

/** When this page saw the last try, or the clock set back, by the clock that nobody can set; by vault key. Closing the page forgets it. */
const seen = new Map<string, number>()

const waiting = (id: string, tries: Tries, { clock }: Ports): number => {
  const since = seen.get(id)
  return waitLeft(tries, clock.now(), since === undefined ? null : clock.mono() - since)
}

/**
 * A clock that was set back begins the wait anew: written down, so that another page does not begin from the earlier time again.
 * @returns the tries as they count now
 */
async function heedClock(tables: VaultTables, id: string, tries: Tries, ports: Ports): Promise<Tries> {
  const now = ports.clock.now()
  if (seen.has(id) || !isSetBack(tries, now)) return tries
  const anew = { failed: tries.failed, at: now }
  await tables.write(['meta'], 'strict', ({ meta }) => meta.put(rowOf(anew)))
  return anew
}

/** How the tries of a vault stand. @returns failed ones, and ms until the next may be made */
export async function triesLeft(
  tables: VaultTables,
  ports: Ports,
): Promise<{ failed: number; left: number; wait: number }> {
  const { envelope } = await readKeys(tables)
  const row = await tables.read(['meta'], ({ meta }) => meta.get(META.tries))
  if (!envelope) return { failed: MOST_TRIES, left: 0, wait: 0 }
  const tries = await heedClock(tables, envelope.id, triesIn(row), ports)
  return {
    failed: tries.failed,
    left: Math.max(0, MOST_TRIES - tries.failed),
    wait: waiting(envelope.id, tries, ports),
  }
}

/** Counts a try before anything is looked at: whoever kills the page now has had it. @returns its number; null: too soon, or none left */
const countTry = (tables: VaultTables, id: string, ports: Ports): Promise<number | null> =>
  tables.write(['meta'], 'strict', async ({ meta }) => {
    const tries = triesIn(await meta.get(META.tries))
    if (tries.failed >= MOST_TRIES || waiting(id, tries, ports) > 0) return null
    await meta.put(rowOf({ failed: tries.failed + 1, at: ports.clock.now() }))
    return tries.failed + 1
  })

/**
 * Closes a vault for good: the envelope goes, and with it the vault's key. What waits stays, sealed for the server, and goes by the drop-box.
 * Only where something waits that no server ever gave a key for, the envelope is set aside instead, where no try reaches it.
 */
export async function endVault(tables: VaultTables, now: number): Promise<void> {
  await tables.write(['key', 'out', 'blob'], 'strict', async (all) => {
    const row = await all.key.get('envelope')
    if (!row?.envelope) return
    const [ops, files] = await Promise.all([all.out.all(), all.blob.by('state', { is: 'waiting' })])
    const { envelope } = row
    const isStranded =
      ops.some((one) => isOwed(one) && !isShared(one.box)) ||
      files.some((one) => isOwedFile(one) && !isShared(one.box))
    const aside = isStranded ? { aside: envelope } : {}
    await all.key.put({ name: 'envelope', ended: { id: envelope.id, at: now, ...aside } })
    if (!isStranded) await all.key.deleteMany(['vault'])
  })
}

/** Takes a try back that told nobody anything. */
const uncount = (tables: VaultTables, ports: Ports): Promise<void> =>
  tables.write(['meta'], 'strict', async ({ meta }) => {
    const { failed } = triesIn(await meta.get(META.tries))
    await meta.put(rowOf({ failed: Math.max(0, failed - 1), at: ports.clock.now() }))
  })

const refused = (reason: UnlockRefusal, wait = 0): Unlocked => ({ ok: false, reason, wait })

/**
 * One try at a vault's secret, counted with strict durability before it is looked at.
 * @param least what an envelope has to cost now; one that was made for less is made anew
 * @returns its keys, to be kept in memory alone; or why not, and ms until the next try
 */
export async function unlockVault(
  tables: VaultTables,
  secret: Secret,
  ports: Ports,
  least: KeyCost = KEY_FLOOR,
): Promise<Unlocked> {
  const { envelope } = await readKeys(tables)
  if (!envelope) return refused('ended')
  // Neither is a try: nothing is looked at.
  if (await standingOrder(tables)) return refused('held')
  const before = await triesLeft(tables, ports)
  const end = async () => {
    await endVault(tables, ports.clock.now())
    return refused('ended')
  }
  if (before.left === 0) return end()
  if (before.wait > 0) return refused('wait', before.wait)
  if (await isLeaseOver(tables, ports.clock.now())) return refused('lease')
  const count = await countTry(tables, envelope.id, ports)
  if (count === null) return refused('wait', (await triesLeft(tables, ports)).wait)
  seen.set(envelope.id, ports.clock.mono())
  const keys = await openEnvelope(envelope, spoken(secret), ports.crypto).catch((error: unknown) => {
    if (error instanceof NotDerived) return 'not-derived' as const
    throw error
  })
  if (keys === 'not-derived') {
    await uncount(tables, ports)
    return refused('memory')
  }
  if (!keys) return count >= MOST_TRIES ? end() : refused('wrong')
  await tables.write(['meta'], 'strict', ({ meta }) => meta.put(rowOf({ failed: 0, at: 0 })))
  seen.delete(envelope.id)
  // Neither a full phone nor one without the memory for it keeps anybody out.
  await raiseCost(tables, spoken(secret), least, ports.crypto).catch(() => false)
  return accept(keys)
}
