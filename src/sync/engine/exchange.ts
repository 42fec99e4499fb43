import { batchHash, opHash } from '../protocol/op-hash.ts'
import { LIMITS, PROTOCOL, type ExchangeRequest } from '../protocol/wire.ts'
import { answerLines, NotOurs } from './answer-lines.ts'
import { offsetSample } from './clock-offset.ts'
import type { EngineEvent } from './machine.ts'
import type { Answer, Batch, EngineBytes, EngineClock, EngineStore, Facts, Net } from './ports.ts'

/** Newest record version this build can show. */
const SHOWN_VERSION = 1

export interface ExchangePorts {
  store: EngineStore
  net: Net
  clock: EngineClock
  bytes: EngineBytes
  app: string
}

export interface ExchangeOptions {
  /** Share of a whole batch, (0, 1]. */
  scale: number
  /** Ops that were answered `blocked` or `later` in this run; not offered again in it. */
  parked: Set<number>
  fence: number | null
  /** Told which ops are on their way, and none when they no longer are. */
  sending(ns: ReadonlySet<number>): void
  /** Told when a line of our own server came. */
  heard(): void
}

const hasOps = (batch: Batch | null): batch is Batch => batch !== null && batch.ops.length > 0

function requestOf(facts: Facts, batch: Batch | null, ports: ExchangePorts, now: number): ExchangeRequest {
  return {
    p: PROTOCOL,
    app: ports.app,
    dev: facts.device,
    epoch: facts.epoch,
    scopeRev: facts.scopeRev,
    t: now,
    mono: ports.clock.mono(),
    stat: {
      out: facts.out,
      recs: facts.records,
      oldest: facts.oldestAt === null ? 0 : Math.max(0, Math.floor((now - facts.oldestAt) / 1000)),
      dead: facts.dead,
      blobs: 0,
    },
    ...(hasOps(batch) ? { push: { c: batch.county, ops: batch.ops } } : {}),
    pull: { sv: SHOWN_VERSION, max: LIMITS.pageRows, s: facts.cursors },
  }
}

/** Fingerprint of a batch as the end line must echo it; '' without a push. */
async function fingerprint(batch: Batch | null, bytes: EngineBytes): Promise<string> {
  if (!hasOps(batch)) return ''
  const hashes = await Promise.all(batch.ops.map((op) => opHash(op, bytes.sha256, bytes.encode)))
  return batchHash(hashes, bytes.sha256, bytes.encode)
}

interface Heard {
  hello: boolean
  whole: boolean
  more: boolean
  fork: boolean
  /** Ops that the server decided. */
  decided: number
  waitMs: number
}

/** Applies an answer line by line; each line is one transaction, so a cut answer keeps what came (I-14, I-15). */
async function apply(
  answer: Answer,
  batch: Batch | null,
  sent: number,
  ports: ExchangePorts,
  options: ExchangeOptions,
): Promise<Heard> {
  const heard: Heard = { hello: false, whole: false, more: false, fork: false, decided: 0, waitMs: 0 }
  const { store, clock, bytes } = ports
  const expected = await fingerprint(batch, bytes)
  const ops = new Map((batch?.ops ?? []).map((op) => [op.n, op]))
  for await (const one of answerLines(answer.chunks, bytes.decode)) {
    if (!heard.hello && one.is !== 'hello') throw new NotOurs()
    if (one.is === 'hello') {
      heard.hello = true
      heard.waitMs = one.line.wait
      options.heard()
      heard.more = await store.hello(
        one.line,
        { offset: offsetSample(sent, clock.now(), one.line.now), at: clock.now() },
        options.fence,
      )
    } else if (one.is === 'acks') {
      // An ack for an op that was not in this push belongs to another answer and is not believed.
      const decided = one.line.acks.flatMap((ack) => {
        const op = ops.get(ack[0])
        return op ? [{ ack, op }] : []
      })
      heard.decided += decided.length
      heard.fork ||= decided.some(({ ack }) => ack[1] === 'fork')
      for (const { ack } of decided) {
        ops.delete(ack[0])
        if (ack[1] === 'blocked' || ack[1] === 'later' || ack[1] === 'fork') options.parked.add(ack[0])
      }
      await store.acks(decided, clock.now(), options.fence)
    } else if (one.is === 'page') {
      heard.more ||= one.line.to < one.line.head && one.line.to > one.line.from
      if (await store.page(one.line, options.fence)) heard.more = true
    } else if (one.is === 'end') {
      heard.whole = one.whole && one.batch === expected
    }
  }
  return heard
}

async function refusedAsAWhole(
  answer: Answer,
  batch: Batch | null,
  ports: ExchangePorts,
  options: ExchangeOptions,
): Promise<EngineEvent> {
  const { status } = answer
  const ops = batch?.ops ?? []
  const onlyOp = ops.length === 1 ? ops[0] : undefined
  if (onlyOp && (status === 400 || status === 413 || status === 422)) {
    // Alone and still refused: it stands aside and is shown as stuck; the others go on.
    await ports.store.hold(onlyOp.n, options.fence)
    options.parked.add(onlyOp.n)
    return { is: 'done', more: true, waitMs: 0 }
  }
  if (ops.length === 0 && (status === 400 || status === 413 || status === 422)) return { is: 'weather' }
  return { is: 'refused', status, retryAfterMs: (answer.retryAfter ?? 0) * 1000 }
}

/**
 * One step: at most one request, and one transaction for each line of its answer. Nothing between steps lives in memory but what
 * the next step can find out again.
 * @returns the event the machine goes on with
 */
export async function exchangeOnce(ports: ExchangePorts, options: ExchangeOptions): Promise<EngineEvent> {
  const { store, clock, bytes } = ports
  const facts = await store.facts()
  if (!facts) return { is: 'refused', status: 401, retryAfterMs: 0 }
  const limits = {
    ops: Math.max(1, Math.floor(LIMITS.batchOps * options.scale)),
    bytes: Math.max(1, Math.floor(LIMITS.batchBytes * options.scale)),
  }
  const batch = await store.batch(limits, options.parked)
  options.sending(new Set(batch?.ops.map((op) => op.n)))
  try {
    const sent = clock.now()
    const answer = await ports.net.exchange(
      bytes.encode(JSON.stringify(requestOf(facts, batch, ports, sent))),
    )
    if (answer.status !== 200) return await refusedAsAWhole(answer, batch, ports, options)
    const heard = await apply(answer, batch, sent, ports, options)
    if (heard.fork) return { is: 'fork' }
    // An answer that decides nothing of what was offered would have us offer it again at once, for ever.
    if (!heard.whole || (hasOps(batch) && heard.decided === 0)) return { is: 'weather' }
    await store.whole(clock.now(), options.fence)
    const more = heard.more || (await store.batch({ ops: 1, bytes: 1 }, options.parked)) !== null
    return { is: 'done', more, waitMs: heard.waitMs }
  } finally {
    options.sending(new Set())
  }
}
