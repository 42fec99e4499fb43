import { applyAnswer, mend, type Applying } from './apply-answer.ts'
import { lookFirst } from './look-first.ts'
import type { EngineEvent } from './machine.ts'
import type { Answer, Batch, EngineBytes, EngineClock, Facts, Net, PullStore, PushStore } from './ports.ts'
import { batchLimits, fingerprint, hasOps, requestOf, type Portion } from './request.ts'
import { answered, flowing } from './silence.ts'
import { classify } from './status.ts'

export interface ExchangePorts {
  /** Without the half that fetches, this runner only hands in. */
  store: PushStore & Partial<PullStore>
  net: Net
  clock: EngineClock
  bytes: EngineBytes
  app: string
}

export interface ExchangeOptions extends Portion {
  /** Hand in only. */
  bare: boolean
  /** Ops that were answered `blocked` or `later` in this run; not offered again in it. */
  parked: Set<number>
  fence: number | null
  /** Told which ops are on their way, and none when they no longer are. */
  sending(ns: ReadonlySet<number>): void
  /** Told when a line of our own server came. */
  heard(): void
}

async function refusedAsAWhole(
  answer: Answer,
  batch: Batch | null,
  pulls: boolean,
  ports: ExchangePorts,
  options: ExchangeOptions,
): Promise<EngineEvent> {
  const meaning = classify(answer.status, answer.contentType)
  const ops = batch?.ops ?? []
  const onlyOp = ops.length === 1 ? ops[0] : undefined
  if (meaning === 'smaller' && onlyOp && !pulls) {
    // Alone and still refused: it stands aside and is shown as stuck; the others go on (L-14).
    await ports.store.hold(onlyOp.n, options.fence)
    options.parked.add(onlyOp.n)
    return { is: 'done', more: true, waitMs: 0 }
  }
  if (meaning === 'weather' || (meaning === 'smaller' && ops.length === 0)) return { is: 'weather' }
  return { is: 'refused', status: answer.status, retryAfterMs: (answer.retryAfter ?? 0) * 1000 }
}

async function exchangeWith(
  facts: Facts,
  batch: Batch | null,
  ports: ExchangePorts,
  options: ExchangeOptions,
): Promise<EngineEvent> {
  const { store, net, clock, bytes, app } = ports
  const breakOff = () => net.abort()
  const pulls = store.page !== undefined && !(hasOps(batch) && (options.bare || batch.urgent))
  const now = clock.now()
  const request = requestOf(facts, batch, { app, clock, now, portion: options, pulls })
  const expected = await fingerprint(batch, bytes)
  const answer = await answered(net.exchange(bytes.encode(JSON.stringify(request))), clock, breakOff)
  if (classify(answer.status, answer.contentType) !== 'answer')
    return refusedAsAWhole(answer, batch, pulls, ports, options)
  const to: Applying = { store, clock, bytes, ...options }
  const chunks = flowing(answer.chunks, clock, breakOff)
  const heard = await applyAnswer(chunks, batch, { t: request.t, mono: request.mono, expected }, to)
  if (heard.fork) return { is: 'fork' }
  // An answer that decides nothing of what was offered would have us offer it again at once, for ever.
  if (!heard.whole || (hasOps(batch) && heard.decided === 0)) return { is: 'weather' }
  const owed = store.page !== undefined && !pulls
  heard.more ||= owed || (await store.hasMore(options.parked))
  const more = await mend(heard, request.pull?.want ?? {}, clock.now(), to)
  return { is: 'done', more, waitMs: heard.waitMs }
}

/**
 * One step: at most one exchange, and one transaction for each line of its answer. Nothing between steps lives in memory but what
 * the next step can find out again.
 * @returns the event the machine goes on with
 */
export async function exchangeOnce(ports: ExchangePorts, options: ExchangeOptions): Promise<EngineEvent> {
  const { store, clock } = ports
  const beginning = await store.begin(batchLimits(options.scale), options.parked, options.fence)
  if (!beginning) return { is: 'refused', status: 401, retryAfterMs: 0 }
  const { facts, batch } = beginning
  // A runner that only hands in has nothing to ask.
  if (!hasOps(batch) && !store.page) return { is: 'done', more: false, waitMs: 0 }
  options.sending(new Set(batch?.ops.map((op) => op.n)))
  try {
    const looked = hasOps(batch) ? null : await lookFirst(facts, ports)
    if (looked === null) return await exchangeWith(facts, batch, ports, options)
    if (looked.is === 'done') await store.whole(clock.now(), null, options.fence)
    return looked
  } finally {
    options.sending(new Set())
  }
}
