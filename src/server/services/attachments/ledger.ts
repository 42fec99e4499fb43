import type { Id } from '#domain/id.ts'
import type { County } from '#domain/region/code.ts'
import { fold } from '#sync/fold/fold.ts'
import type { Op } from '#sync/protocol/op.ts'
import type { Heads } from '../sync/heads.ts'
import { keyOf, place, storedOf, type StoredRecord } from '../sync/stored.ts'
import { firstOf, type SyncDatabase } from '../../repositories/sync/tables.ts'
import { write } from '../sync/write.ts'

export interface Ledger {
  tables: SyncDatabase
  heads: Pick<Heads, 'moved'>
  clock(): number
}

/** One thing the server itself has to say of records of a county. */
export interface ServerOp {
  county: County
  /** The phone by whose doing it came about; it is not the author. */
  device: number
  keys: readonly { kind: string; id: Id }[]
  op: string
  args: Record<string, unknown>
}

const opOf = (one: ServerOp, record: StoredRecord): Op => ({
  i: record.state.id,
  n: 1,
  k: one.op,
  v: 1,
  e: [record.state.kind, record.state.id],
  r: record.state.region,
  b: record.state.rv,
  a: one.args,
  t: [0, 0, 0],
})

/** The records that the op changes, as they are after it; those it does not fit stay as they are. */
function changedBy(
  one: ServerOp,
  before: ReadonlyMap<string, StoredRecord>,
  now: number,
  firstRv: number,
): Map<string, StoredRecord> {
  const changed = new Map<string, StoredRecord>()
  for (const [key, record] of before) {
    const { rv } = record.state
    const context = { author: null, device: 0, n: 0, base: rv, at: now, receivedAt: now }
    const result = record.state.deleted ? null : fold(record.state, opOf(one, record), context)
    if (!result?.ok) continue
    const state = { ...result.value.state, rv: Math.max(rv + 1, firstRv) }
    changed.set(key, place(state, record.recorder))
  }
  return changed
}

/**
 * Puts what the server found out into the county's ledger by the same steps as a push: records locked, folded by the same function,
 * written with everything that follows, the ledger's lock last. It has no receipt, because the fold takes it only once.
 */
export async function serverOp(ledger: Ledger, one: ServerOp): Promise<void> {
  const { county } = one
  const now = ledger.clock()
  const heads = await ledger.tables.push({ counties: [county], devices: [] }, async (tables) => {
    const { gen } = await tables.history([county])
    const rows = await tables.lockRecords(county, one.keys)
    const before = new Map(rows.map((row) => [keyOf(row.kind, row.id), storedOf(row)]))
    const changed = changedBy(one, before, now, firstOf(gen))
    return (await write(tables, { named: county, gen, at: new Date(now) }, before, changed)).heads
  })
  for (const [moved, head] of heads) ledger.heads.moved(moved, head)
}
