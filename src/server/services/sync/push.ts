import type { Rights } from '#domain/access/grant.ts'
import type { County } from '#domain/region/code.ts'
import type { Outcome } from '#sync/protocol/op.ts'
import type { Ack } from '#sync/protocol/wire.ts'
import { sort, type Sorted } from './claims.ts'
import { namesOf, type Entry, type Offer } from './entries.ts'
import { conclude } from './conclude.ts'
import { rightsInGrace, type Bench } from './decide.ts'
import type { Incoming } from './incoming.ts'
import { HistoryLost, historyWith } from './lost-history.ts'
import { settle, type Decided, type Outcomes, type Site } from './settle.ts'
import type { Batch, Handed, Job, LastTold, Pushed, Pusher } from './job.ts'
import type { AuditEvent } from '../../repositories/audit.ts'
import {
  firstOf,
  type DeviceFacts,
  type DeviceNews,
  type PushTables,
  type SyncDatabase,
} from '../../repositories/sync/tables.ts'

/** Outcomes that leave an op on the phone. */
const STAYING: readonly Outcome[] = ['blocked', 'later', 'fork']

const decided = (one: Decided, n: number): Ack => [n, one.outcome, one.seq, one.rv, one.detail]

function acksOf(offer: Offer, entries: ReadonlyMap<Incoming, Entry>, sorted: Sorted, done: Outcomes): Ack[] {
  return offer.ops.map((incoming) => {
    const entry = entries.get(incoming) as Entry
    const known = sorted.known.get(entry)
    if (known) return known
    return decided(done.verdicts.get(sorted.twins.get(entry) ?? entry) as Decided, incoming.n)
  })
}

/** The last of these that is decided now, or, when none is, the last that was decided before. */
function lastOf(
  { device, ops }: Offer,
  county: County,
  acks: readonly Ack[],
  isFresh: (one: Incoming) => boolean,
): LastTold | null {
  const told = ops.filter((_, at) => !STAYING.includes((acks[at] as Ack)[1]))
  const last = told.findLast(isFresh) ?? told.at(-1)
  return last ? { county, device, n: last.n, hash: last.hash, isFresh: isFresh(last) } : null
}

function floorOf(acks: readonly Ack[]): number {
  let floor = Math.max(0, (acks[0]?.[0] ?? 1) - 1)
  for (const [n, outcome] of acks) {
    if (STAYING.includes(outcome)) break
    floor = n
  }
  return floor
}

/**
 * What still waits on the phone once this answer has arrived: what it said before, less the records of which it handed something in.
 * Rather too few than too many: the desk says 至少.
 */
function afterPush(news: DeviceNews | null, batch: Batch | null, pushed: Pushed | null): DeviceNews | null {
  if (!news) return null
  const settled = new Set(
    (pushed?.acks ?? []).filter(([, outcome]) => !STAYING.includes(outcome)).map(([n]) => n),
  )
  const records = new Set(
    (batch?.ops ?? []).flatMap((one) => (one.op && settled.has(one.n) ? [one.op.e[1]] : [])),
  )
  const out = Math.max(0, news.out - records.size)
  return { ...news, out, oldest: out === 0 ? 0 : news.oldest }
}

const offerOf = (job: Job, facts: DeviceFacts): Offer => ({
  device: job.who.device,
  person: job.who.person,
  lastAnswerAt: facts.lastAnswerAt,
  packedTo: facts.packedTo,
  ops: job.batch?.ops ?? [],
})

/** Takes the ops of several phones, one phone's after the other's, as if each had come alone (I-25). */
async function pushIn(site: Site, jobs: readonly Job[], facts: ReadonlyMap<number, DeviceFacts>) {
  const byOffer = new Map(
    jobs.map((job) => [offerOf(job, facts.get(job.who.device) as DeviceFacts), job] as const),
  )
  const receivedAt = site.at.getTime()
  const rights = new Map(jobs.map((job) => [job, rightsInGrace(job.who.rights, receivedAt)]))
  const benchOf = (entry: Entry): Bench => {
    const job = byOffer.get(entry.offer) as Job
    return {
      person: job.who.person,
      rights: rights.get(job) as Rights,
      origin: entry.origin,
      names: namesOf(entry),
      homes: entry.homes,
      receivedAt,
      lastAnswerAt: entry.lastAnswerAt,
      firstRv: site.firstRv,
      isStrangers: entry.isStrangers,
      isShut: job.who.isShut === true,
    }
  }
  const sorted = await sort(site.tables, site.county, [...byOffer.keys()], site.at)
  const done = await settle(site, sorted.fresh, sorted.earlier, benchOf)
  await conclude(site, sorted, done, (entry) => (byOffer.get(entry.offer) as Job).who)
  const all = [...sorted.known.keys(), ...sorted.twins.keys(), ...sorted.fresh]
  const entries = new Map(all.map((one) => [one.incoming, one]))
  return new Map(
    [...byOffer].map(([offer, job]) => {
      const acks = acksOf(offer, entries, sorted, done)
      const isFresh = (one: Incoming) => !sorted.known.has(entries.get(one) as Entry)
      const last = lastOf(offer, site.county, acks, isFresh)
      return [job, { acks, ackFloor: floorOf(acks), heads: done.heads, last } satisfies Pushed] as const
    }),
  )
}

/** The highest number that these answers give a receipt for; 0: none does. */
const ackedIn = (pushed: Pushed | null): number =>
  Math.max(0, ...(pushed?.acks ?? []).flatMap(([n, outcome]) => (STAYING.includes(outcome) ? [] : [n])))

/** What was looked at on a phone, as its owner's own doing; when, is what the phone says (TR-51). */
const looksOf = ({ who, looked = [] }: Job): AuditEvent[] =>
  looked.map(([kind, id, region, what, at]) => ({
    actor: who.person,
    device: who.device,
    role: 'phone',
    action: what === 'read' ? 'read' : `reveal.${what}`,
    object: { kind, id },
    region,
    requestId: who.requestId,
    reason: `at ${new Date(at).toISOString()}`,
  }))

/** What several phones hand in for one county, in one transaction: see `handInTogether`. */
async function handInWith(
  tables: PushTables,
  county: County | null,
  jobs: readonly Job[],
  now: number,
): Promise<Handed[]> {
  const facts = await tables.lockDevices(jobs.map((one) => one.who.device).toSorted((a, b) => a - b))
  const history = await historyWith(tables, jobs, facts)
  const site = {
    tables,
    county: county ?? '',
    gen: history.gen,
    firstRv: firstOf(history.gen),
    at: new Date(now),
  }
  const known = jobs.filter((one) => facts.has(one.who.device))
  const pushing = known.filter((one) => one.batch)
  const pushed = pushing.length > 0 ? await pushIn(site, pushing, facts) : new Map<Job, Pushed>()
  await tables.noteDevices(
    known.map((job) => ({
      device: job.who.device,
      news: afterPush(job.news, job.batch, pushed.get(job) ?? null),
      acked: ackedIn(pushed.get(job) ?? null),
    })),
    site.at,
  )
  await tables.audit(site.at.getTime(), known.flatMap(looksOf))
  const { epoch, gen, ringSafe } = history
  return jobs.map((job): Handed => {
    const own = facts.get(job.who.device)
    if (!own) return { known: false }
    const mine = pushed.get(job) ?? null
    return { known: true, pushed: mine, epoch, gen, ringSafe, ackedN: Math.max(own.ackedN, ackedIn(mine)) }
  })
}

/**
 * Takes what phones hand in for one county (null: only news of themselves): one transaction, receipts first and the ledger last (sync
 * protocol §push). Resolves only when it is committed.
 * @param jobs at most one of each device
 * @returns for each job what came of it; `known: false` when there is no such device
 */
export async function handInTogether(
  database: SyncDatabase,
  county: County | null,
  jobs: readonly Job[],
  clock: () => number,
): Promise<Handed[]> {
  const scope = {
    counties: county === null ? [] : [county],
    devices: jobs.map((one) => one.who.device),
  }
  for (let round = 1; ; round++) {
    try {
      return await database.push(scope, (tables) => handInWith(tables, county, jobs, clock()))
    } catch (error) {
      if (!(error instanceof HistoryLost) || round > 3) throw error
      await database.beginHistory(error.pledge)
    }
  }
}

/** The same for one phone. */
export async function handIn(
  database: SyncDatabase,
  who: Pusher,
  news: DeviceNews,
  batch: Batch | null,
  clock: () => number,
): Promise<Handed> {
  const [handed] = await handInTogether(
    database,
    batch?.county ?? null,
    [{ who, news, batch, pledge: null }],
    clock,
  )
  return handed as Handed
}
