import type { Op } from '#sync/protocol/op.ts'
import type { OfficeAnswer } from '../care.ts'
import type { Bytes, DeadRow, OutRow, RingRow } from '../database/rows.ts'
import { boundTo, openJson, sealJson, shareJson, type Sealer } from '../seal/box.ts'

/** An op without its number, which is given in the saving transaction and stands in clear beside the box. */
type Unnumbered = Omit<Op, 'n'>

/** What the server said of an op it did not accept. */
export interface Refused {
  op: Op
  outcome: string
  code: string
  /** When its author asked a supervisor to look at it (epoch ms); absent: not asked. */
  askedAt?: number
  /** What the office said of it; absent: nothing yet. */
  answer?: OfficeAnswer
}

/** What became of an op that its author took out of the way: given up, or another stands in its place. It is never offered again. */
export type Settled = { discarded: string; reason: string } | { superseded: number[] }

/** Seals a waiting op, for the server too: it may have to go while the phone is locked. */
export const sealOp = (sealer: Sealer, op: Op): Promise<Bytes> => {
  const { n: _given, ...rest } = op
  return shareJson(sealer, boundTo('op', op.i), rest)
}

/** Opens a waiting op and puts its number back. */
export async function openOp(sealer: Sealer, row: Pick<OutRow, 'n' | 'i' | 'box'>): Promise<Op> {
  const rest = await openJson<Unnumbered>(sealer, boundTo('op', row.i), row.box)
  return { ...rest, n: row.n } as Op
}

export const sealRefused = (sealer: Sealer, refused: Refused): Promise<Bytes> =>
  sealJson(sealer, boundTo('dead', refused.op.i), refused)

export const openRefused = (sealer: Sealer, row: Pick<DeadRow, 'i' | 'box'>): Promise<Refused> =>
  openJson<Refused>(sealer, boundTo('dead', row.i), row.box)

/** An op with what its author decided about it, kept until a backup of the server's holds it. */
export const sealRing = (sealer: Sealer, op: Op, receipt: unknown): Promise<Bytes> =>
  sealJson(sealer, boundTo('ring', op.i), { op, receipt })

/** Opens a ring row. `isGivenUp`: its author took it out of the way, so it is not handed in again whatever the server has lost. */
export async function openRing(
  sealer: Sealer,
  row: Pick<RingRow, 'n' | 'i' | 'moved' | 'box'>,
): Promise<{ op: Op; isGivenUp: boolean }> {
  // What the server took keeps the box it waited in: sealing it anew would cost a phone more than all else about a receipt.
  if (row.moved) return { op: await openOp(sealer, row), isGivenUp: false }
  const { op, receipt } = await openJson<{ op: Op; receipt: unknown }>(
    sealer,
    boundTo('ring', row.i),
    row.box,
  )
  return { op, isGivenUp: typeof receipt === 'object' && !Array.isArray(receipt) }
}
