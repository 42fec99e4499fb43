import type { Outcome } from '#sync/protocol/op.ts'
import type { Sorted } from './claims.ts'
import { namesOf, type Entry } from './entries.ts'
import type { Pusher } from './job.ts'
import type { Decided, Outcomes, Site } from './settle.ts'
import type { OpName, ReceiptRow, RefusedRow } from '../../repositories/sync/tables.ts'

const OPEN: readonly Outcome[] = ['blocked', 'later']

const receipt = ({ device, n }: OpName, one: Omit<ReceiptRow, 'device' | 'n'>): ReceiptRow => ({
  device,
  n,
  outcome: one.outcome,
  detail: one.detail,
  seq: one.seq,
  rv: one.rv,
})

function refusedOf(entry: Entry, one: Decided, who: Pusher): RefusedRow[] {
  if (one.kept === null) return []
  return [
    {
      ...entry.origin,
      person: who.person,
      ...one.kept,
      op: entry.incoming.raw,
      code: one.detail.code ?? '',
      state: one.outcome as 'rejected' | 'quarantined',
    },
  ]
}

/** Writes the receipts under every name an op goes by, keeps what was refused, and lets go of what was not decided. */
export async function conclude(
  site: Site,
  sorted: Sorted,
  done: Outcomes,
  whoOf: (entry: Entry) => Pusher,
): Promise<void> {
  const { tables, county } = site
  const all: [Entry, Decided][] = [...done.verdicts]
  for (const [twin, first] of sorted.twins) all.push([twin, done.verdicts.get(first) as Decided])
  const named = all.flatMap(([entry, one]) => namesOf(entry).map((name) => [name, one] as const))
  const open = named.filter(([, one]) => OPEN.includes(one.outcome))
  const decided = named.filter(([, one]) => !OPEN.includes(one.outcome))
  await tables.decideReceipts(county, [
    ...new Map(
      [
        ...decided.map(([name, one]) => receipt(name, one)),
        ...sorted.copies.map(({ name, of }) => receipt(name, of)),
      ].map((one) => [`${one.device}/${one.n}`, one]),
    ).values(),
  ])
  await tables.unclaim(
    county,
    open.map(([name]) => name),
  )
  const refused = [...done.verdicts].flatMap(([entry, one]) =>
    refusedOf(entry, one, whoOf(entry)).map((row) => ({ entry, row })),
  )
  await tables.keepRefused(
    county,
    refused.map(({ row }) => row),
    site.at,
  )
  await tables.remark(
    county,
    [...done.verdicts].flatMap(([entry, { remark }]) =>
      remark ? [{ ...remark.about, person: whoOf(entry).person, says: remark.says, text: remark.text }] : [],
    ),
    site.at,
  )
  await tables.audit(
    site.at.getTime(),
    refused
      .filter(({ row }) => row.code === 'out-of-scope')
      .map(({ entry, row }) => ({
        actor: row.person,
        device: entry.own.device,
        role: 'phone',
        action: 'push',
        object: { kind: 'op', id: String(entry.own.n) },
        region: row.region,
        outcome: 'refused' as const,
        requestId: whoOf(entry).requestId,
        reason: row.code,
      })),
  )
}
