import { META, type DeadRow, type OutRow, type RecRow, type RingRow } from '#phone/database/rows.ts'
import type { VaultTables } from '#phone/database/tables.ts'
import type { Identity, SyncFacts } from '#phone/notebook/context.ts'
import type { Stored } from '#phone/record/stored.ts'
import { openStored } from '#phone/record/stored.ts'
import { openOp, openRefused, openRing } from '#phone/record/op-box.ts'
import { boundTo, openJson } from '#phone/seal/box.ts'
import type { Op } from '#sync/protocol/op.ts'
import type { Me } from '#sync/protocol/wire.ts'
import type { Disk } from '../world/store.ts'
import { cheapSealer } from '../world/platform.ts'

/** What lies in a vault without opening any box: enough for what must hold after every event. */
export interface Clear {
  next: number
  rec: RecRow[]
  out: OutRow[]
  dead: DeadRow[]
  ring: RingRow[]
  cursors: ReadonlyMap<string, number>
  identity: Identity | null
  me: Me | null
  sync: SyncFacts | null
}

const STORES = ['rec', 'out', 'dead', 'ring', 'cur', 'meta'] as const

/** Reads a vault as it lies in the store; null when it is not there, or cannot be read just now. */
export async function clearOf(disk: Pick<Disk, 'look'>, vault: string): Promise<Clear | null> {
  const tables = await disk.look(vault)
  if (!tables) return null
  const raw = await readRaw(tables).catch(() => null)
  tables.close()
  return raw && opened(raw)
}

const readRaw = (tables: VaultTables) =>
  tables.read(STORES, async (all) => ({
    rec: await all.rec.all(),
    out: await all.out.all(),
    dead: await all.dead.all(),
    ring: await all.ring.all(),
    cur: await all.cur.all(),
    meta: await all.meta.getMany([META.next, META.me, META.identity, META.sync]),
  }))

async function opened(raw: Awaited<ReturnType<typeof readRaw>>): Promise<Clear> {
  const [next, me, identity, sync] = raw.meta
  const boxed = <T>(row: { name: string; box?: Uint8Array<ArrayBuffer> } | undefined): Promise<T> | null =>
    row?.box ? openJson<T>(cheapSealer, boundTo('meta', row.name), row.box) : null
  return {
    next: next?.value ?? 1,
    rec: raw.rec,
    out: raw.out,
    dead: raw.dead,
    ring: raw.ring,
    cursors: new Map(raw.cur.map((one) => [one.county, one.cursor])),
    me: await boxed<Me>(me),
    identity: await boxed<Identity>(identity),
    sync: await boxed<SyncFacts>(sync),
  }
}

export const opOf = (row: OutRow): Promise<Op> => openOp(cheapSealer, row)
export const storedOf = (row: RecRow): Promise<Stored> => openStored(cheapSealer, row)
export const refusedOf = (row: DeadRow): Promise<{ op: Op; code: string; outcome: string }> =>
  openRefused(cheapSealer, row)
export const ringOf = (row: RingRow): Promise<{ op: Op }> => openRing(cheapSealer, row)
