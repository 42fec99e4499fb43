import { countyOf, type County } from '#domain/region/code.ts'
import type { Id } from '#domain/id.ts'
import type { DropboxRequest, SealedOp } from '#sync/protocol/dropbox.ts'
import type { Dropper } from '../../accounts/dropper.ts'
import type { Database } from '../../database/database.ts'
import { forgetBoxes, keepBoxes, type KeptBox } from '../../repositories/sync/dropbox.ts'
import type { ExchangeDeps } from '../sync/exchange.ts'
import { readBatch, type RawOp } from '../sync/incoming.ts'
import type { Job } from '../sync/job.ts'
import type { DropboxKeys } from './dropbox-keys.ts'
import { openBox } from './open-box.ts'

export interface TakeDeps {
  sync: ExchangeDeps
  database: Database
  keys: DropboxKeys
}

interface Opened {
  i: Id
  county: County
  raw: RawOp
}

/** An op out of its box; a box that says something else inside than outside counts as damaged. */
export function opened(keys: DropboxKeys, sealed: SealedOp): Opened | 'other-key' | 'damaged' {
  const plain = openBox(keys, 'op', sealed.i, Buffer.from(sealed.box, 'base64url'))
  if (typeof plain === 'string') return plain
  try {
    const rest = JSON.parse(plain.toString('utf8')) as Record<string, unknown>
    if (rest['i'] !== sealed.i || typeof rest['r'] !== 'string') return 'damaged'
    // One that came out of a backup says itself what it was made as.
    const as = sealed.as && !rest['as'] ? { as: sealed.as } : {}
    return { i: sealed.i, county: countyOf(rest['r']), raw: { ...rest, ...as, n: sealed.n } }
  } catch {
    return 'damaged'
  }
}

/** Outcomes that leave an op on the phone. */
const STAYING = ['blocked', 'later', 'fork']

interface Taken {
  /** Ids and numbers of ops that have a receipt now. */
  received: Id[]
  numbers: number[]
  epoch: string
}

async function push(
  deps: TakeDeps,
  job: Omit<Job, 'batch'>,
  county: County,
  some: readonly Opened[],
): Promise<Taken> {
  const { ops } = await readBatch(
    some.map((one) => one.raw),
    county,
  )
  const handed = await deps.sync.handIn({ ...job, batch: { county, ops } })
  if (!handed.known || !handed.pushed) return { received: [], numbers: [], epoch: '' }
  for (const [moved, head] of handed.pushed.heads) deps.sync.heads.moved(moved, head)
  for (const [, outcome] of handed.pushed.acks) deps.sync.counters.add('mingbai_ops_total', { outcome })
  const taken = new Set(
    handed.pushed.acks.flatMap(([n, outcome]) => (STAYING.includes(outcome) ? [] : [n as number])),
  )
  const settled = some.filter((one) => taken.has(one.raw.n))
  return {
    received: settled.map((one) => one.i),
    numbers: settled.map((one) => one.raw.n),
    epoch: handed.epoch,
  }
}

/** Opened ops by the way of every op, county by county. @param news null: the phone said nothing just now */
export async function pushAll(
  deps: TakeDeps,
  who: Dropper,
  news: Job['news'],
  some: readonly Opened[],
  requestId: string,
): Promise<Taken> {
  const { person, device, rights } = who
  const job = { who: { person, device, rights, requestId, isShut: !who.good }, news, pledge: null }
  const byCounty = new Map<County, Opened[]>()
  for (const one of some) byCounty.set(one.county, [...(byCounty.get(one.county) ?? []), one])
  const done: Taken = { received: [], numbers: [], epoch: '' }
  for (const [county, mine] of byCounty) {
    const { received, numbers, epoch } = await push(deps, job, county, mine)
    done.received.push(...received)
    done.numbers.push(...numbers)
    done.epoch = epoch
  }
  return done
}

/** Keeps what cannot be opened, and lets go of what was kept and has a receipt by now. */
export async function setAside(
  deps: TakeDeps,
  device: number,
  boxes: readonly KeptBox[],
  taken: readonly number[],
): Promise<void> {
  if (boxes.length + taken.length === 0) return
  await deps.database.as('sync', { device: String(device) }, async (tx) => {
    await keepBoxes(tx, device, boxes, new Date(deps.sync.clock()))
    await forgetBoxes(tx, device, taken)
  })
}

/**
 * Takes sealed ops of a phone: opens each and lets it go the way of every op, with the same receipts under the same numbers, so that
 * coming again by either way changes nothing. Resolves when it is committed.
 * @returns ids of ops that have a receipt now, and the server's history ('' when none had to be asked)
 */
export async function takeOps(
  deps: TakeDeps,
  who: Dropper,
  request: Pick<DropboxRequest, 'app' | 't' | 'stat' | 'ops'>,
  requestId: string,
): Promise<{ received: Id[]; epoch: string }> {
  const { clock } = deps.sync
  const sorted = request.ops.toSorted((a, b) => a.n - b.n)
  const found = sorted.map((one) => opened(deps.keys, one))
  const { recs, dead, blobs } = request.stat
  const clockOff = Math.max(-9e15, Math.min(9e15, Math.round(clock() - request.t)))
  // What else waits, and since when, a locked phone cannot say: nothing is concluded from this of what comes later.
  const news = { app: request.app, out: recs, oldest: 0, dead, blobs, clockOff, drained: false }
  const some = found.filter((one) => typeof one === 'object')
  const done = await pushAll(deps, who, news, some, requestId)
  const unread = sorted.flatMap(({ n, i, box, as = null }, at) =>
    found[at] === 'other-key' ? [{ n, item: i, sealed: Buffer.from(box, 'base64url'), as }] : [],
  )
  await setAside(deps, who.device, unread, done.numbers)
  return { received: done.received, epoch: done.epoch }
}
