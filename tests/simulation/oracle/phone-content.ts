import {
  META,
  type CursorRow,
  type DeadRow,
  type MetaRow,
  type OutRow,
  type RecRow,
  type RingRow,
} from '#phone/database/rows.ts'
import type { VaultTables } from '#phone/database/tables.ts'
import type { Agreed } from '#phone/engine/agreement.ts'
import type { Identity, SyncFacts } from '#phone/notebook/context.ts'
import type { Stored } from '#phone/record/stored.ts'
import { openStored } from '#phone/record/stored.ts'
import { openOp, openRefused, openRing } from '#phone/record/op-box.ts'
import { boundTo, openJson } from '#phone/seal/box.ts'
import type { Op } from '#sync/protocol/op.ts'
import type { Me } from '#sync/protocol/wire.ts'
import type { Disk, Watched } from '../world/store.ts'
import { cheapSealer } from '../world/platform.ts'

/** What lies in a vault without opening any box: enough for what must hold after every event. */
export interface Clear {
  next: number
  rec: readonly RecRow[]
  out: readonly OutRow[]
  dead: readonly DeadRow[]
  ring: readonly RingRow[]
  cursors: ReadonlyMap<string, number>
  identity: Identity | null
  me: Me | null
  sync: SyncFacts | null
  agreed: Agreed | null
}

interface Raw extends Pick<Clear, 'rec' | 'out' | 'dead' | 'ring'> {
  cur: readonly CursorRow[]
  meta: readonly (MetaRow | undefined)[]
}

const STORES = ['rec', 'out', 'dead', 'ring', 'cur', 'meta'] as const

/** Reads a vault as it lies in the store; null when it is not there, or cannot be read just now. */
export async function clearOf(disk: Pick<Disk, 'look' | 'watch'>, vault: string): Promise<Clear | null> {
  const watched = disk.watch?.(vault)
  if (watched !== undefined) return watched && opened(seenRaw(watched))
  const tables = await disk.look(vault)
  if (!tables) return null
  const raw = await readRaw(tables).catch(() => null)
  tables.close()
  return raw && opened(raw)
}

const NAMES = [META.next, META.me, META.identity, META.sync, META.agreed]

function seenRaw(of: Watched): Raw {
  const meta = new Map(of('meta').map((row) => [row.name, row]))
  return {
    rec: of('rec'),
    out: of('out'),
    dead: of('dead'),
    ring: of('ring'),
    cur: of('cur'),
    meta: NAMES.map((name) => meta.get(name)),
  }
}

const readRaw = (tables: VaultTables): Promise<Raw> =>
  tables.read(STORES, async (all) => ({
    rec: await all.rec.all(),
    out: await all.out.all(),
    dead: await all.dead.all(),
    ring: await all.ring.all(),
    cur: await all.cur.all(),
    meta: await all.meta.getMany(NAMES),
  }))

/** What a box held when it was looked into before: a box is never written to. */
const looked = new WeakMap<Uint8Array, unknown>()

async function boxed<T>(row: MetaRow | undefined): Promise<T | null> {
  const box = row?.box
  if (!box) return null
  if (!looked.has(box)) looked.set(box, await openJson<T>(cheapSealer, boundTo('meta', row.name), box))
  return looked.get(box) as T
}

async function opened(raw: Raw): Promise<Clear> {
  const [next, me, identity, sync, agreed] = raw.meta
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
    agreed: await boxed<Agreed>(agreed),
  }
}

export const opOf = (row: OutRow): Promise<Op> => openOp(cheapSealer, row)

/** Records as they were read out before, by their box; a row of a lost history may have the same box under another version. */
const read = new WeakMap<Uint8Array, { row: RecRow; stored: Stored }>()

/** What is stored of a record, for looking only: the same again for the same row. */
export async function storedOf(row: RecRow): Promise<Stored> {
  const before = read.get(row.box)
  if (before && before.row.rv === row.rv && before.row.id === row.id && before.row.kind === row.kind)
    return before.stored
  const stored = await openStored(cheapSealer, row)
  read.set(row.box, { row, stored })
  return stored
}

export const refusedOf = (row: DeadRow): Promise<{ op: Op; code: string; outcome: string }> =>
  openRefused(cheapSealer, row)
export const ringOf = (row: RingRow): Promise<{ op: Op }> => openRing(cheapSealer, row)
