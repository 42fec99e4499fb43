import type { County } from '#domain/region/code.ts'
import type { Op } from '../protocol/op.ts'
import type { Ack, DigestLine, HelloLine, ListLine, PageLine, RowsLine } from '../protocol/wire.ts'
import { answerLines, NotOurs, type AnswerLine } from './answer-lines.ts'
import { offsetSample } from './clock-offset.ts'
import type { Batch, Decided, EngineBytes, EngineClock, PullStore, PushStore, Wanted } from './ports.ts'

/** Outcomes that leave an op where it is. */
const STAYING: readonly string[] = ['blocked', 'later', 'fork']

export interface Applying {
  store: PushStore & Partial<PullStore>
  clock: EngineClock
  bytes: EngineBytes
  fence: number | null
  /** Ops not to be offered again in this run. */
  parked: Set<number>
  /** Told when a line of our own server came. */
  heard(): void
}

/** What an answer was. */
export interface Heard {
  hello: boolean
  whole: boolean
  more: boolean
  fork: boolean
  /** How many ops the server decided. */
  decided: number
  /** Decisions that still wait for the page of the same answer, which brings the records they speak of. */
  held: Decided[]
  waitMs: number
  /** Server time of the answer, epoch ms. */
  at: number
  digests: DigestLine[]
  /** Counties whose page was the last. */
  complete: County[]
  /** Counties of whose ledger the last page so far was not the end. */
  behind: Set<County>
  lists: ListLine[]
  rows: RowsLine[]
}

const nothing = (): Heard => ({
  hello: false,
  whole: false,
  more: false,
  fork: false,
  decided: 0,
  held: [],
  waitMs: 0,
  at: 0,
  digests: [],
  complete: [],
  behind: new Set(),
  lists: [],
  rows: [],
})

/** The decisions that speak of what was offered: an ack for any other op belongs to another answer and is not believed. */
function mine(acks: readonly Ack[], offered: Map<number, Op>): Decided[] {
  return acks.flatMap((ack) => {
    const op = offered.get(ack[0])
    offered.delete(ack[0])
    return op ? [{ ack, op }] : []
  })
}

function takeAcks(acks: readonly Ack[], offered: Map<number, Op>, heard: Heard, to: Applying): void {
  const decided = mine(acks, offered)
  heard.decided += decided.length
  heard.fork ||= decided.some(({ ack }) => ack[1] === 'fork')
  for (const { ack } of decided) if (STAYING.includes(ack[1])) to.parked.add(ack[0])
  heard.held.push(...decided)
}

/** Applies decisions for which no page came. */
async function applyHeld(heard: Heard, to: Applying): Promise<void> {
  if (heard.held.length === 0) return
  // By the server's clock: one that was set back here would have the ring rule let go of it at once (I-34).
  await to.store.acks(heard.held, heard.at, to.fence)
  heard.held = []
}

/**
 * The decisions to be applied with a page: all of its county, and those about records that it brings from elsewhere. A record sent to
 * another county comes with that county's page; taken without its decision, the op would be folded once more over a row that has it.
 */
function decidedWith(line: PageLine, county: County | undefined, held: readonly Decided[]): Decided[] {
  if (held.length === 0 || line.page === county) return [...held]
  const brought = new Set(line.rows.map(([kind, id]) => `${kind}/${id}`))
  return held.filter(({ op }) => brought.has(`${op.e[0]}/${op.e[1]}`))
}

async function takePage(
  line: PageLine,
  county: County | undefined,
  heard: Heard,
  { store, fence }: Applying,
): Promise<void> {
  if (!store.page) return
  if (line.to < line.head && line.to > line.from) heard.behind.add(line.page)
  else heard.behind.delete(line.page)
  if (line.to === line.head) heard.complete.push(line.page)
  const decided = decidedWith(line, county, heard.held)
  const isAnew = await store.page(line, { decided, at: heard.at }, fence)
  // Only now: a page for which there is no room takes no decision with it, and those need none (L-29).
  heard.held = heard.held.filter((one) => !decided.includes(one))
  if (isAnew) heard.more = true
}

/** What an answer must fit to be ours. */
export interface Sent {
  /** Clocks of the phone as the request named them: wall (epoch ms) and monotonic (ms). */
  t: number
  mono: number
  /** The batch's fingerprint, which the last line must echo. */
  expected: string
}

/** Whether a first line answers this request and not another one, of another page, person or day (I-15). */
const answers = ({ re }: HelloLine, { t, mono }: Sent): boolean => !re || (re[0] === t && re[1] === mono)

async function takeLine(
  one: AnswerLine,
  sent: Sent,
  offered: Map<number, Op>,
  county: County | undefined,
  heard: Heard,
  to: Applying,
): Promise<void> {
  const { store, clock, fence } = to
  if (one.is === 'hello') {
    if (!answers(one.line, sent)) throw new NotOurs()
    heard.hello = true
    heard.waitMs = one.line.wait
    heard.at = one.line.now
    to.heard()
    const sample = { offset: offsetSample(sent.t, clock.now(), one.line.now), at: clock.now() }
    heard.more = await store.hello(one.line, sample, fence)
  } else if (!heard.hello) throw new NotOurs()
  else if (one.is === 'acks') {
    // An answer that a cache kept, of another day or another person, may name the very numbers that are on their way (I-15).
    if ((one.line.batch ?? sent.expected) !== sent.expected) throw new NotOurs()
    takeAcks(one.line.acks, offered, heard, to)
  } else if (one.is === 'page') await takePage(one.line, county, heard, to)
  else if (one.is === 'digest') heard.digests.push(one.line)
  else if (one.is === 'list') heard.lists.push(one.line)
  else if (one.is === 'rows') heard.rows.push(one.line)
}

/**
 * Applies an answer line by line; each line is one transaction, so a cut answer keeps what came (I-14, I-15). Only decisions wait
 * for the page behind them, because it brings the very records, and both are then one transaction. What says which records are missing
 * or too many is only collected: half of it would be wrong.
 */
export async function applyAnswer(
  chunks: AsyncIterable<Uint8Array>,
  batch: Batch | null,
  sent: Sent,
  to: Applying,
): Promise<Heard> {
  const heard = nothing()
  const offered = new Map((batch?.ops ?? []).map((op) => [op.n, op]))
  try {
    for await (const one of answerLines(chunks, to.bytes.decode)) {
      if (one.is === 'end') heard.whole = heard.hello && one.whole && one.batch === sent.expected
      else await takeLine(one, sent, offered, batch?.county, heard, to)
    }
  } finally {
    // Whatever broke off what came after them, or whether nothing did: what was decided is decided.
    await applyHeld(heard, to)
  }
  return heard
}

/**
 * The second half of a whole answer: lists, records asked for by name, and last, when nothing is left to fetch, the comparison.
 * @returns whether there is more to fetch
 */
export async function mend(heard: Heard, asked: Wanted, now: number, to: Applying): Promise<boolean> {
  const { store, fence } = to
  let more = heard.more || heard.behind.size > 0
  if (heard.lists.length > 0 && (await store.lists?.(heard.lists, fence))) more = true
  for (const line of heard.rows) if (await store.rows?.(line, asked[line.rows] ?? [], fence)) more = true
  const sums = more ? null : { digests: heard.digests, complete: heard.complete }
  return (await store.whole(now, sums, fence)) || more
}
