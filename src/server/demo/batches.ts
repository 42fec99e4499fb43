import { dayOf, startOf } from '#domain/time/day.ts'
import { LIMITS } from '#sync/protocol/wire.ts'
import type { PlannedRecord, Step } from './planned.ts'
import { idFor } from './random.ts'

/** An op that still lacks its device's number. */
export interface LooseOp {
  i: string
  k: string
  v: 1
  e: [string, string]
  r: string
  b: number
  a: Record<string, unknown>
  t: [number, number, number]
}

/** What one writer hands in at once, and the moment at which the server will have received it. */
export interface PlannedBatch {
  by: string
  ops: LooseOp[]
  receivedAt: number
}

/** Consecutive steps of one record by one writer: kept together, so that a record is written once and not once for each step. */
interface Unit {
  by: string
  record: string
  at: number
  ops: LooseOp[]
}

const MINUTE = 60_000
/** Work of the last two days is handed in piece by piece, so that what arrived last can be seen arriving last. */
const PIECEMEAL_MS = 24 * 60 * MINUTE
const UPLOAD_MS = 3 * MINUTE

function opOf(record: PlannedRecord, step: Step, at: number): LooseOp {
  return {
    i: idFor(`op:${record.id}:${at}`, step.at),
    k: step.k,
    v: 1,
    e: [record.kind, record.id],
    r: record.region,
    b: at,
    a: step.a,
    t: [step.at, 0, 0],
  }
}

function unitsOf(record: PlannedRecord, recentFrom: number): Unit[] {
  const units: Unit[] = []
  record.steps.forEach((step, at) => {
    const last = units.at(-1)
    const together = last && last.by === step.by && step.at < recentFrom
    if (together) last.ops.push(opOf(record, step, at))
    else units.push({ by: step.by, record: record.id, at: step.at, ops: [opOf(record, step, at)] })
  })
  return units
}

const bytesOf = (unit: Unit): number =>
  unit.ops.reduce((sum, one) => sum + Buffer.byteLength(JSON.stringify(one)) + 40, 0)

/** Collects units into batches within the protocol's limits, never letting a record's second writer overtake its first. */
class Packer {
  readonly done: PlannedBatch[] = []
  private readonly open = new Map<string, { units: Unit[]; bytes: number; ops: number }>()
  private readonly holder = new Map<string, string>()
  private readonly now: number

  constructor(now: number) {
    this.now = now
  }

  add(unit: Unit): void {
    const held = this.holder.get(unit.record)
    if (held !== undefined && held !== unit.by) this.flush(held)
    const bytes = bytesOf(unit)
    const filling = this.open.get(unit.by)
    if (
      filling &&
      (filling.ops + unit.ops.length > LIMITS.batchOps || filling.bytes + bytes > LIMITS.batchBytes)
    )
      this.flush(unit.by)
    const batch = this.open.get(unit.by) ?? { units: [], bytes: 0, ops: 0 }
    this.open.set(unit.by, {
      units: [...batch.units, unit],
      bytes: batch.bytes + bytes,
      ops: batch.ops + unit.ops.length,
    })
    this.holder.set(unit.record, unit.by)
  }

  flush(by: string): void {
    const batch = this.open.get(by)
    if (!batch) return
    this.open.delete(by)
    const ops = batch.units.flatMap((one) => one.ops)
    for (const one of batch.units) this.holder.delete(one.record)
    const written = ops.reduce((last, one) => Math.max(last, one.t[0]), 0)
    this.done.push({ by, ops, receivedAt: Math.min(this.now, written + UPLOAD_MS) })
  }

  flushAll(): void {
    const begun = [...this.open].sort(
      ([, one], [, other]) => (one.units[0]?.at ?? 0) - (other.units[0]?.at ?? 0),
    )
    for (const [by] of begun) this.flush(by)
  }
}

/**
 * All steps of the world as batches in the order in which they are handed in: big ones for the past, single steps since yesterday.
 * @param now epoch ms, the moment of loading
 */
export function batchesOf(records: readonly PlannedRecord[], now: number): PlannedBatch[] {
  const recentFrom = startOf(dayOf(now - PIECEMEAL_MS))
  const units = records.flatMap((one) => unitsOf(one, recentFrom)).sort((one, other) => one.at - other.at)
  const packer = new Packer(now)
  for (const unit of units) {
    if (unit.at >= recentFrom) packer.flushAll()
    packer.add(unit)
  }
  packer.flushAll()
  return packer.done
}
