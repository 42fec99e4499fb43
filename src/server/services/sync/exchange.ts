import type { FieldKey } from '#domain/privacy/id-number.ts'
import type { Look } from '#sync/protocol/looks.ts'
import type { HelloLine, PageLine } from '#sync/protocol/wire.ts'
import type { Caller } from '../../accounts/identity.ts'
import type { Counters } from '../counters.ts'
import { answerOf } from './answer.ts'
import type { Heads } from './heads.ts'
import { readBatch, type RawOp } from './incoming.ts'
import type { Handed, Job, Pushed } from './job.ts'
import { toldAfter, type Prover } from './proof.ts'
import { pull, type Pulled, type Puller, type Wanted } from './pull.ts'
import { refuseBareFetch, type Gate } from './shed.ts'
import type { AnswerRow, DeviceNews, SyncDatabase } from '../../repositories/sync/tables.ts'

export interface ExchangeDeps {
  database: SyncDatabase
  /** Takes what is handed in: alone, or together with what others hand in at the same time. */
  handIn(job: Job): Promise<Handed>
  /** Epoch milliseconds. */
  clock(): number
  heads: Heads
  counters: Counters
  prover: Prover
  gate: Gate
  /** This server's version, so that a phone offers again what another could not take; absent: not said. */
  version?: string
  /** Public keys that phones seal to, as every answer names them. */
  keys?: readonly FieldKey[]
}

/** What a phone asks in one request; see the protocol's `ExchangeRequest`. */
export interface Asked {
  app: string
  scopeRev: number
  /** The phone's clocks, which the answer names again. */
  t: number
  mono: number
  stat: { out: number; recs?: number | undefined; oldest: number; dead: number; blobs: number }
  push?: { c: string; ops: RawOp[] } | undefined
  pull?: Wanted | undefined
  proof?: string | undefined
  looked?: readonly Look[] | undefined
}

const newsOf = (asked: Asked, now: number): DeviceNews => ({
  app: asked.app,
  // Records, not ops, because that is what the desk speaks of; phones of before said ops only.
  out: asked.stat.recs ?? asked.stat.out,
  oldest: asked.stat.oldest,
  dead: asked.stat.dead,
  blobs: asked.stat.blobs,
  clockOff: Math.max(-9e15, Math.min(9e15, Math.round(now - asked.t))),
  // An op still waiting may be older than this answer; only once none is left does the answer bound what comes later (I-29).
  drained: asked.stat.out <= (asked.push?.ops.length ?? 0),
})

function count(deps: ExchangeDeps, pushed: Pushed | null, pages: readonly PageLine[]): void {
  for (const [, outcome] of pushed?.acks ?? []) deps.counters.add('mingbai_ops_total', { outcome })
  for (const page of pages) deps.counters.add('mingbai_rows_sent_total', {}, page.rows.length)
}

/** What is fetched, or, when that is put off, only how far the ledgers have come. */
async function fetch(deps: ExchangeDeps, who: Puller, wanted: Wanted, isPutOff: boolean): Promise<Pulled> {
  if (!isPutOff) return deps.gate.pulling(() => pull(deps.database, who, wanted, deps.clock()))
  const { heads, epoch } = await deps.heads.of(Object.keys(wanted.s))
  const pages = Object.entries(wanted.s).map(([page, from]) => ({
    page,
    from,
    to: from,
    head: Math.max(from, heads[page] ?? 0),
    floor: 0,
    rows: [],
  }))
  return { epoch, pages, digests: [], lists: [], rows: [], answers: [] }
}

/** What the office says of a refused op, as an order for the phone: it is shown beside the op, which stays its author's to decide. */
const directiveOf = ({ device, n, decision, answer, at }: AnswerRow): object => ({
  is: 'refused',
  op: [device, n],
  decision,
  answer,
  at,
})

const NOTHING: Pulled = { epoch: '', pages: [], digests: [], lists: [], rows: [], answers: [] }

/** The ledgers that an answer speaks of, as it leaves them; after them those that this history promised before. */
function headsIn(
  pushed: Pushed | null,
  pages: readonly PageLine[],
  before: ReadonlyMap<string, number>,
): Map<string, number> {
  const heads = new Map(pushed?.heads ?? [])
  const raise = (county: string, head: number) =>
    void heads.set(county, Math.max(head, heads.get(county) ?? 0))
  for (const page of pages) raise(page.page, page.head)
  for (const [county, head] of before) raise(county, head)
  return heads
}

/** What a phone hears that the office holds: how far the ledgers are, and nothing out of them (TR-08). */
const HELD_WAIT_MS = 60_000

/** How often a request is done again because the history changed under it. */
const ROUNDS = 3

/**
 * One exchange: takes what is handed in, then answers what changed, the caller's own results included.
 * @returns the answer's bytes, or null when the caller's device is not known
 */
export async function exchange(
  deps: ExchangeDeps,
  caller: Caller & { device: number },
  asked: Asked,
  requestId: string,
): Promise<Buffer | null> {
  const read = asked.push ? await readBatch(asked.push.ops, asked.push.c) : null
  const batch = asked.push && read ? { county: asked.push.c, ops: read.ops } : null
  const who = { ...caller, requestId }
  const news = newsOf(asked, deps.clock())
  const pledge = asked.proof === undefined ? null : deps.prover.read(asked.proof)
  const looked = asked.looked ?? []
  const later = asked.pull ? deps.gate.putOff(asked.pull) : 0
  refuseBareFetch(later, batch !== null)
  for (let round = 1; ; round++) {
    const handed = await deps.handIn({ who, news, batch, pledge, looked })
    if (!handed.known) return null
    const { pushed, epoch, gen, ringSafe } = handed
    for (const [county, head] of pushed?.heads ?? []) deps.heads.moved(county, head)
    const wanted = asked.pull && { ...asked.pull, hasRefused: asked.stat.dead > 0 }
    const pulled = wanted ? await fetch(deps, who, wanted, later > 0 || caller.held === true) : NOTHING
    // Rows of one history under the name of another would be believed for the wrong reason.
    if (asked.pull && pulled.epoch !== epoch && round < ROUNDS) continue
    count(deps, pushed, pulled.pages)
    const before = pledge?.epoch === epoch ? pledge : null
    const heads = headsIn(pushed, pulled.pages, before?.heads ?? new Map())
    const told = toldAfter(before?.told ?? [], pushed?.last ?? null)
    const acked = { device: caller.device, n: handed.ackedN }
    const now = deps.clock()
    const orders = [...(caller.directives ?? []), ...pulled.answers.map(directiveOf)]
    const hello: HelloLine = {
      hello: 1,
      epoch,
      now,
      re: [asked.t, asked.mono],
      scopeRev: caller.scopeRev,
      ringSafe,
      wait: Math.max(later * 1000, caller.held ? HELD_WAIT_MS : 0),
      ...(deps.version === undefined ? {} : { server: deps.version }),
      ...(deps.keys === undefined ? {} : { keys: [...deps.keys] }),
      ...(looked.length > 0 ? { looked: looked.length } : {}),
      ...(asked.scopeRev === caller.scopeRev ? {} : { me: await caller.me() }),
      ...(orders.length > 0 ? { directives: orders } : {}),
      ...(heads.size > 0 || acked.n > 0
        ? { proof: deps.prover.sign({ epoch, gen, heads, acked, told, at: now }) }
        : {}),
    }
    const acks = pushed ? [{ acks: pushed.acks, ackFloor: pushed.ackFloor, batch: read?.batch ?? '' }] : []
    const lines = [
      ...pulled.pages.flatMap((page) => withDigest(page, pulled)),
      ...pulled.lists,
      ...pulled.rows,
    ]
    return answerOf([hello, ...acks, ...lines], read?.batch ?? '')
  }
}

/** The sums of a county come behind the page that ends at their moment. */
const withDigest = (page: PageLine, { digests }: Pulled): object[] => [
  page,
  ...digests.filter((one) => one.digest === page.page && one.at === page.to),
]
