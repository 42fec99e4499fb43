import type { County } from '#domain/region/code.ts'
import { lossesOf } from '#sync/fold/losses.ts'
import type { Op, Outcome } from '#sync/protocol/op.ts'
import { isDataFault } from '../../database/failures.ts'
import { namesOf, type Entry } from './entries.ts'
import { decide, nameOf, refusal, type Bench, type Verdict } from './decide.ts'
import { groundOf, type Ground } from './ground.ts'
import { keyOf, type StoredRecord } from './stored.ts'
import type { LossRow, PushTables, SettledRow } from '../../repositories/sync/tables.ts'
import { write } from './write.ts'

/** What a transaction works on: its tables, the county that was pushed for, and the history that it writes into. */
export interface Site {
  tables: PushTables
  county: County
  gen: number
  firstRv: number
  at: Date
}

export interface Decided extends Verdict {
  seq: number
}

/** What came of some ops, by the op's own name. */
export interface Outcomes {
  verdicts: Map<Entry, Decided>
  /** Position after it of each ledger that moved. */
  heads: Map<County, number>
}

interface Work {
  site: Site
  records: Map<string, StoredRecord>
  ground: Ground
  benchOf(entry: Entry): Bench
}

const opsOf = (entries: readonly Entry[]): Op[] =>
  entries.flatMap(({ incoming }) => (incoming.op && !incoming.later ? [incoming.op] : []))

/** Losses that were there before or came now, and that the record names no longer: somebody has decided. */
function settledIn(
  lost: readonly LossRow[],
  before: ReadonlyMap<string, StoredRecord>,
  changed: ReadonlyMap<string, StoredRecord>,
  deciders: ReadonlyMap<string, number>,
): SettledRow[] {
  return [...changed].flatMap(([key, after]) => {
    const { kind, id } = after.state
    const open = new Set(lossesOf(after.state).map((one) => `${one.field}@${one.rv}`))
    const known = before.get(key)
    const were = [
      ...(known ? lossesOf(known.state) : []),
      ...lost.filter((one) => keyOf(one.kind, one.id) === key),
    ]
    return were
      .filter((one) => !open.has(`${one.field}@${one.rv}`))
      .map(({ field, rv }) => ({ kind, id, field, rv, by: deciders.get(key) ?? 0 }))
  })
}

/** Decides and writes some ops inside a savepoint. */
async function settleAll(
  work: Work,
  entries: readonly Entry[],
  earlier: ReadonlyMap<string, Outcome>,
): Promise<Outcomes> {
  const { site, records } = work
  const cases = entries.map((one) => ({ incoming: one.incoming, bench: work.benchOf(one) }))
  const { verdicts, changed } = decide(cases, records, earlier, work.ground)
  const lost: LossRow[] = verdicts.flatMap((one) =>
    one.lost.map((loss) => {
      const [kind, id] = (one.key ?? '/').split('/') as [string, string]
      return { kind, id, field: loss.field, rv: loss.rv, value: loss.value ?? null, who: loss.device }
    }),
  )
  const deciders = new Map(
    verdicts.flatMap((one, at) => (one.key ? [[one.key, entries[at]?.origin.device ?? 0] as const] : [])),
  )
  const { seqs, heads } = await site.tables.savepoint(() =>
    write(site.tables, { named: site.county, gen: site.gen, at: site.at }, records, changed, {
      lost,
      settled: settledIn(lost, records, changed, deciders),
    }),
  )
  for (const [key, one] of changed) records.set(key, one)
  const seqOf = (key: string | null) => (key === null ? 0 : (seqs.get(key)?.get(site.county) ?? 0))
  return {
    heads,
    verdicts: new Map(
      entries.map((entry, at) => {
        const verdict = verdicts[at] as Verdict
        return [entry, { ...verdict, seq: seqOf(verdict.key) }]
      }),
    ),
  }
}

/** The same part by part, each in a savepoint; what was decided in one part is known to the next. */
async function settleParts(
  parts: readonly (readonly Entry[])[],
  earlier: ReadonlyMap<string, Outcome>,
  one: (entries: readonly Entry[], earlier: ReadonlyMap<string, Outcome>) => Promise<Outcomes>,
): Promise<Outcomes> {
  const known = new Map(earlier)
  const all: Outcomes = { verdicts: new Map(), heads: new Map() }
  for (const part of parts) {
    const done = await one(part, known)
    for (const [entry, verdict] of done.verdicts) {
      for (const name of namesOf(entry)) known.set(nameOf(name), verdict.outcome)
      all.verdicts.set(entry, verdict)
    }
    for (const [county, head] of done.heads) all.heads.set(county, Math.max(head, all.heads.get(county) ?? 0))
  }
  return all
}

/** What the language throws where our own code is wrong. A connection that is lost, a disk that is full: none of them is one. */
const BUGS = [TypeError, RangeError, ReferenceError, SyntaxError]

/**
 * Whether an error may be one op's alone: data that the database cannot hold, or a bug of ours that it met. Taken for one wrongly, it
 * does no harm: the quarantine is written through the same transaction.
 */
const mayBeOnes = (error: unknown): boolean => isDataFault(error) || BUGS.some((one) => error instanceof one)

async function orElse(work: () => Promise<Outcomes>, other: () => Promise<Outcomes>): Promise<Outcomes> {
  try {
    return await work()
  } catch (error) {
    if (!mayBeOnes(error)) throw error
    return other()
  }
}

/**
 * Locks, decides and writes new ops of one county. Data that the database cannot hold came with one op, and a bug is met by one: then
 * each phone's part is settled alone, and where it fails again each op; one that fails twice is put into quarantine with its text, and
 * the others go on (I-9, I-10).
 */
export async function settle(
  site: Site,
  entries: readonly Entry[],
  earlier: ReadonlyMap<string, Outcome>,
  benchOf: (entry: Entry) => Bench,
): Promise<Outcomes> {
  const { records, ground } = await groundOf(site.tables, site.county, opsOf(entries))
  const work: Work = { site, records, ground, benchOf }
  const all = (part: readonly Entry[], known: ReadonlyMap<string, Outcome>) => settleAll(work, part, known)
  const single = ([entry]: readonly Entry[], known: ReadonlyMap<string, Outcome>): Promise<Outcomes> => {
    const one = entry as Entry
    const quarantined = refusal(one.incoming.op, 'exception', null, 'quarantined')
    const kept = {
      ...quarantined,
      kept: { region: one.incoming.op?.r ?? '', lane: 'closed' as const },
      seq: 0,
    }
    return orElse(
      () => all([one], known),
      () =>
        orElse(
          () => all([one], known),
          async () => ({ verdicts: new Map([[one, kept]]), heads: new Map() }),
        ),
    )
  }
  const opByOp = (part: readonly Entry[], known: ReadonlyMap<string, Outcome>) =>
    settleParts(
      part.map((one) => [one]),
      known,
      single,
    )
  const offers = [...new Set(entries.map((one) => one.offer))].map((offer) =>
    entries.filter((one) => one.offer === offer),
  )
  return orElse(
    () => all(entries, earlier),
    () =>
      offers.length === 1
        ? opByOp(entries, earlier)
        : settleParts(offers, earlier, (part, known) =>
            orElse(
              () => all(part, known),
              () => opByOp(part, known),
            ),
          ),
  )
}
