import { expect } from 'vitest'
import {
  idOf,
  keyOf,
  META,
  STORES,
  type DeadRow,
  type OutRow,
  type RecRow,
  type RingRow,
  type Store,
} from '#phone/database/rows.ts'
import { readFacts } from '#phone/notebook/context.ts'
import { onScreen } from '#phone/notebook/standing.ts'
import { openOp, openRefused } from '#phone/record/op-box.ts'
import { openStored, type Stored } from '#phone/record/stored.ts'
import type { Op } from '#sync/protocol/op.ts'
import type { PhonePorts } from '#phone/ports.ts'

/** Everything a phone holds, opened. */
export interface Held {
  next: number
  recs: { row: RecRow; stored: Stored }[]
  out: { row: OutRow; op: Op }[]
  dead: { row: DeadRow; op: Op; code: string }[]
  ring: RingRow[]
  cursors: Record<string, number>
  drafts: number
  raw: Record<string, unknown[]>
  person: string
  device: number
  epoch: string | null
}

/** A phone as far as a check needs it. */
export interface Checked {
  ports: Pick<PhonePorts, 'openTables' | 'openSealer'>
  vault: string
}

const ALL = Object.keys(STORES) as Store[]

/** Reads a vault as it lies in its tables. */
export async function heldBy(phone: Checked): Promise<Held> {
  const tables = await phone.ports.openTables(phone.vault)
  try {
    const sealer = await phone.ports.openSealer(tables)
    const [raw, recs, out, dead, ring, cursors] = await tables.read(ALL, async (all) => {
      const rows = await Promise.all(ALL.map(async (name) => [name, await all[name].all()] as const))
      return [
        Object.fromEntries(rows),
        await all.rec.all(),
        await all.out.all(),
        await all.dead.all(),
        await all.ring.all(),
        await all.cur.all(),
      ] as const
    })
    const facts = await readFacts({ tables, sealer })
    return {
      next:
        (raw['meta'] as { name: string; value?: number }[]).find((one) => one.name === META.next)?.value ?? 1,
      recs: await Promise.all(recs.map(async (row) => ({ row, stored: await openStored(sealer, row) }))),
      out: await Promise.all(out.map(async (row) => ({ row, op: await openOp(sealer, row) }))),
      dead: await Promise.all(dead.map(async (row) => ({ row, ...(await openRefused(sealer, row)) }))),
      ring,
      cursors: Object.fromEntries(cursors.map((one) => [one.county, one.cursor])),
      drafts: raw['draft']?.length ?? 0,
      raw,
      person: facts.me?.person ?? '',
      device: facts.identity?.device ?? 0,
      epoch: facts.sync.epoch,
    }
  } finally {
    tables.close()
  }
}

/** I-2: numbers are dense, and each is in exactly one place. */
export function expectDense(held: Held): void {
  const ns = [
    ...held.out.map((one) => one.row.n),
    ...held.dead.map((one) => one.row.n),
    ...held.ring.map((one) => one.n),
  ]
  expect(ns.sort((a, b) => a - b)).toEqual(Array.from({ length: held.next - 1 }, (_, at) => at + 1))
}

/** I-5: what is on screen is the base with the waiting ops on top; and the clear count of waiting ops is true. */
export function expectFolded(held: Held): void {
  for (const { row, stored } of held.recs) {
    const key = keyOf(row.kind, row.id)
    const waiting = held.out.filter((one) => one.row.key === key).map((one) => one.op)
    const refused = held.dead.filter((one) => one.row.key === key).map((one) => one.op)
    expect(row.pending, `${key} pending`).toBe(waiting.length)
    expect(stored.refused, `${key} refused`).toBe(refused.length)
    const author = { person: held.person, device: held.device }
    const base = stored.base === undefined ? stored.now : stored.base
    const now = onScreen(base, row.kind, row.id, waiting, refused, author)
    if (now) expect(stored.now, key).toEqual(now)
    if (waiting.length === 0 && refused.length === 0 && base) expect(stored.base, key).toBeUndefined()
  }
  for (const { row } of held.out)
    expect(
      held.recs.some((one) => one.row.id === idOf(row.key)),
      `record of op ${row.n}`,
    ).toBe(true)
}

/** What must always hold of a phone. */
export async function expectSound(browser: Checked): Promise<Held> {
  const held = await heldBy(browser)
  expectDense(held)
  expectFolded(held)
  return held
}

/** The records as two phones compare them. */
export const contents = (held: Held): Record<string, unknown> =>
  Object.fromEntries(
    held.recs.map(({ row, stored }) => [
      keyOf(row.kind, row.id),
      { rv: row.rv, region: stored.now.region, body: stored.now.body },
    ]),
  )
