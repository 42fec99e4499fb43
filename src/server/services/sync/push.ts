import type { Rights } from '#domain/access/grant.ts'
import type { Id } from '#domain/id.ts'
import type { County } from '#domain/region/code.ts'
import type { Lane } from '#domain/access/lane.ts'
import type { FieldVersions } from '#sync/fold/state.ts'
import type { Outcome } from '#sync/protocol/op.ts'
import type { Ack } from '#sync/protocol/wire.ts'
import type { Database, Tx } from '../../database/database.ts'
import { isDataFault, retrying } from '../../database/failures.ts'
import { lockDevice, noteDevice, type DeviceNews } from '../../repositories/sync/devices.ts'
import { keepRefused, type LossRow } from '../../repositories/sync/effects.ts'
import {
  claim,
  decideReceipts,
  receiptsOf,
  unclaim,
  type StoredReceipt,
} from '../../repositories/sync/receipts.ts'
import { firstOf, historyOf, lockRecords, type LockedRow } from '../../repositories/sync/records.ts'
import { record as audit } from '../audit.ts'
import { decide, type Bench, type Verdict } from './decide.ts'
import type { Incoming } from './incoming.ts'
import { keyOf, type StoredRecord } from './stored.ts'
import { write } from './write.ts'

export interface Pusher {
  person: Id
  device: number
  rights: Rights
  requestId: string
}

export interface Pushed {
  acks: Ack[]
  /** Every op of this batch up to this number has its receipt. */
  ackFloor: number
  /** Ledger position after it; 0 when it took none. */
  head: number
}

/** Outcomes that leave an op on the phone. */
const STAYING: readonly Outcome[] = ['blocked', 'later', 'fork']

/** One county's part of a push. */
export interface Batch {
  county: County
  ops: readonly Incoming[]
}

const storedOf = (row: LockedRow): StoredRecord => ({
  state: {
    kind: row.kind,
    id: row.id,
    region: row.region,
    rv: row.rv,
    body: row.body,
    fv: row.fv as FieldVersions,
    deleted: row.deleted,
  },
  lane: row.lane as Lane,
  recorder: row.recorder,
  office: row.office,
})

async function lock(tx: Tx, county: County, ops: readonly Incoming[]): Promise<Map<string, StoredRecord>> {
  const keys = new Map(
    ops.flatMap(({ op }) => (op ? [[keyOf(op.e[0], op.e[1]), { kind: op.e[0], id: op.e[1] }] as const] : [])),
  )
  const rows = await lockRecords(tx, county, [...keys.values()])
  return new Map(rows.map((row) => [keyOf(row.kind, row.id), storedOf(row)]))
}

type Settled = { verdicts: (Verdict & { seq: number })[]; head: number }

/** Decides and writes some ops inside a savepoint. */
async function settle(
  tx: Tx,
  batch: Batch,
  records: Map<string, StoredRecord>,
  bench: Bench,
  gen: number,
): Promise<Settled> {
  const { verdicts, changed } = decide(batch.ops, records, bench)
  const losses: LossRow[] = verdicts.flatMap((one) =>
    one.lost.map((loss) => {
      const [kind, id] = (one.key ?? '/').split('/') as [string, string]
      return { kind, id, field: loss.field, rv: one.rv, value: loss.value ?? null, who: loss.device }
    }),
  )
  const { seqs, head } = await tx.transaction((savepoint) =>
    write(savepoint, { county: batch.county, gen, at: new Date(bench.receivedAt) }, records, changed, losses),
  )
  for (const [key, one] of changed) records.set(key, one)
  return {
    verdicts: verdicts.map((one) => ({ ...one, seq: one.key === null ? 0 : (seqs.get(one.key) ?? 0) })),
    head,
  }
}

/**
 * Data that the database cannot hold came with one op. Each is settled alone; the one that fails twice is put into quarantine with
 * its text, and the others go on (I-9, I-10).
 */
async function settleOneByOne(
  tx: Tx,
  batch: Batch,
  records: Map<string, StoredRecord>,
  bench: Bench,
  gen: number,
): Promise<Settled> {
  const earlier = new Map<number, Outcome>(bench.earlier)
  const all: Settled = { verdicts: [], head: 0 }
  for (const one of batch.ops) {
    const alone = { ...batch, ops: [one] }
    const again = () => settle(tx, alone, records, { ...bench, earlier }, gen)
    const done = await again().catch((error: unknown) => {
      if (!isDataFault(error)) throw error
      return again().catch((second: unknown) => {
        if (!isDataFault(second)) throw second
        return quarantined(one, bench)
      })
    })
    for (const verdict of done.verdicts) earlier.set(verdict.n, verdict.outcome)
    all.verdicts.push(...done.verdicts)
    all.head = Math.max(all.head, done.head)
  }
  return all
}

const quarantined = (one: Incoming, bench: Bench): Settled => ({
  verdicts: [
    {
      n: one.n,
      outcome: 'quarantined',
      detail: { code: 'exception' },
      key: null,
      rv: 0,
      seq: 0,
      lost: [],
      at: bench.receivedAt,
      kept: { region: one.op?.r ?? '', lane: 'closed' },
    },
  ],
  head: 0,
})

/** Writes the receipts, keeps what was refused, and lets go of what was not decided. */
async function conclude(tx: Tx, batch: Batch, who: Pusher, at: number, settled: Settled): Promise<void> {
  const raw = new Map(batch.ops.map((one) => [one.n, one.raw]))
  const decided = settled.verdicts.filter((one) => one.outcome !== 'blocked' && one.outcome !== 'later')
  await decideReceipts(
    tx,
    batch.county,
    who.device,
    decided.map(({ n, outcome, detail, seq, rv }) => ({ n, outcome, detail, seq, rv })),
  )
  const open = settled.verdicts.filter((one) => one.outcome === 'blocked' || one.outcome === 'later')
  await unclaim(
    tx,
    batch.county,
    who.device,
    open.map((one) => one.n),
  )
  const refused = settled.verdicts.flatMap((one) =>
    one.kept === null
      ? []
      : [
          {
            n: one.n,
            ...one.kept,
            op: raw.get(one.n),
            code: one.detail.code ?? '',
            state: one.outcome as 'rejected' | 'quarantined',
          },
        ],
  )
  await keepRefused(
    tx,
    { county: batch.county, device: who.device, person: who.person, at: new Date(at) },
    refused,
  )
  const shut = refused.filter((one) => one.code === 'out-of-scope')
  await audit(
    tx,
    at,
    ...shut.map((one) => ({
      actor: who.person,
      device: who.device,
      role: 'phone',
      action: 'push',
      object: { kind: 'op', id: String(one.n) },
      region: one.region,
      outcome: 'refused' as const,
      requestId: who.requestId,
      reason: one.code,
    })),
  )
}

const ackOf = (one: StoredReceipt | (Verdict & { seq: number })): Ack => [
  one.n,
  one.outcome,
  one.seq,
  one.rv,
  one.detail as Ack[4],
]

/** The same number with another content: a cloned or restored phone. Nothing is applied (I-7). */
const fork = (n: number): Ack => [n, 'fork', 0, 0, {}]

interface Sorted {
  fresh: Incoming[]
  stored: Map<number, StoredReceipt>
}

/** Claims what is new and fetches what was decided before, of the batch and of what it depends on. */
async function sort(tx: Tx, batch: Batch, device: number, at: Date): Promise<Sorted> {
  // Of one number twice in a batch, the first stands; the second is compared with it like any replay.
  const firsts = [...new Map(batch.ops.toReversed().map((one) => [one.n, one])).values()].toReversed()
  const free = await claim(tx, batch.county, device, firsts, at)
  const asked = new Set(firsts.flatMap((one) => (free.has(one.n) ? (one.op?.d ?? []) : [one.n])))
  const stored = await receiptsOf(tx, batch.county, device, [...asked])
  return {
    fresh: firsts.filter((one) => free.has(one.n)),
    stored: new Map(stored.map((one) => [one.n, one])),
  }
}

function acksOf(batch: Batch, sorted: Sorted, settled: Settled): Ack[] {
  const fresh = new Map(sorted.fresh.map((one) => [one.n, one.hash]))
  const verdicts = new Map(settled.verdicts.map((one) => [one.n, one]))
  return batch.ops.map((one) => {
    const verdict = verdicts.get(one.n)
    if (verdict) return fresh.get(one.n) === one.hash ? ackOf(verdict) : fork(one.n)
    const receipt = sorted.stored.get(one.n)
    return receipt && receipt.hash === one.hash ? ackOf(receipt) : fork(one.n)
  })
}

function floorOf(acks: readonly Ack[]): number {
  let floor = Math.max(0, (acks[0]?.[0] ?? 1) - 1)
  for (const [n, outcome] of acks) {
    if (outcome === 'blocked' || outcome === 'later' || outcome === 'fork') break
    floor = n
  }
  return floor
}

async function pushIn(
  tx: Tx,
  batch: Batch,
  who: Pusher,
  receivedAt: number,
  lastAnswerAt: number,
  gen: number,
): Promise<Pushed> {
  const sorted = await sort(tx, batch, who.device, new Date(receivedAt))
  const part = { ...batch, ops: sorted.fresh }
  const records = await lock(tx, batch.county, part.ops)
  const bench: Bench = {
    person: who.person,
    device: who.device,
    rights: who.rights,
    receivedAt,
    lastAnswerAt,
    firstRv: firstOf(gen),
    earlier: new Map([...sorted.stored.values()].map((one) => [one.n, one.outcome])),
  }
  const settled = await settle(tx, part, records, bench, gen).catch((error: unknown) => {
    if (!isDataFault(error)) throw error
    return settleOneByOne(tx, part, records, bench, gen)
  })
  await conclude(tx, part, who, receivedAt, settled)
  const acks = acksOf(batch, sorted, settled)
  return { acks, ackFloor: floorOf(acks), head: settled.head }
}

/**
 * What still waits on the phone once this answer has arrived: what it said before, less the records of which it handed something in.
 * Rather too few than too many: the desk says 至少.
 */
function afterPush(news: DeviceNews, batch: Batch | null, pushed: Pushed | null): DeviceNews {
  const settled = new Set(
    (pushed?.acks ?? []).filter(([, outcome]) => !STAYING.includes(outcome)).map(([n]) => n),
  )
  const records = new Set(
    (batch?.ops ?? []).flatMap((one) => (one.op && settled.has(one.n) ? [one.op.e[1]] : [])),
  )
  const out = Math.max(0, news.out - records.size)
  return { ...news, out, oldest: out === 0 ? 0 : news.oldest }
}

/** `pushed` null: nothing was pushed. */
export type Handed =
  | { known: false }
  | { known: true; pushed: Pushed | null; epoch: string; ringSafe: number }

/**
 * Takes what a phone hands in: one transaction, one county, receipts first and the ledger last (sync protocol §push). Resolves only
 * when it is committed.
 * @returns `known: false` when there is no such device
 */
export function handIn(
  database: Database,
  who: Pusher,
  news: DeviceNews,
  batch: Batch | null,
  clock: () => number,
): Promise<Handed> {
  return retrying(() =>
    database.as(
      'sync',
      { county: batch?.county ?? '', device: String(who.device), person: who.person },
      async (tx): Promise<Handed> => {
        const device = await lockDevice(tx, who.device)
        if (!device) return { known: false }
        const now = clock()
        const { epoch, gen, ringSafe } = await historyOf(tx)
        const pushed = batch ? await pushIn(tx, batch, who, now, device.lastAnswerAt, gen) : null
        await noteDevice(tx, who.device, afterPush(news, batch, pushed), new Date(now))
        return { known: true, pushed, epoch, ringSafe }
      },
    ),
  )
}
