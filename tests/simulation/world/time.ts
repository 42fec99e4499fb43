/** Epoch ms at which every world begins: 2026-11-21 10:00 in Beijing. */
export const BEGIN = 1_795_226_400_000

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

interface Due {
  at: number
  order: number
  what: () => void
}

const before = (a: Due, b: Due): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)

/**
 * True time of a world and everything that is due in it: one heap, ordered by time and then by the order of asking. Nothing happens
 * between two events but what follows at once from the first (promises), so one seed is one history.
 */
export class Time {
  now = BEGIN
  /** Events that happened. */
  happened = 0
  readonly #heap: Due[] = []
  #order = 0

  /** Calls once after so many ms of true time; returns how to call it off. */
  after(ms: number, what: () => void): () => void {
    const due = { at: this.now + Math.max(0, Math.round(ms)), order: this.#order++, what }
    this.#push(due)
    return () => void (due.what = nothing)
  }

  /** Resolves after so many ms of true time. */
  pause(ms: number): Promise<void> {
    return new Promise((go) => void this.after(ms, go))
  }

  /** When the next event is due; null when nothing is. */
  get next(): number | null {
    for (let due = this.#heap[0]; due && due.what === nothing; due = this.#heap[0]) this.#pop()
    return this.#heap[0]?.at ?? null
  }

  /** Lets the next event happen, and everything that follows from it at once. */
  async step(): Promise<boolean> {
    if (this.next === null) return false
    const due = this.#pop()
    this.now = due.at
    this.happened++
    due.what()
    await settled()
    return true
  }

  #push(due: Due): void {
    const heap = this.#heap
    let at = heap.push(due) - 1
    while (at > 0) {
      const up = (at - 1) >> 1
      if (!before(due, heap[up] as Due)) break
      heap[at] = heap[up] as Due
      at = up
    }
    heap[at] = due
  }

  #pop(): Due {
    const heap = this.#heap
    const top = heap[0] as Due
    const last = heap.pop() as Due
    if (heap.length === 0) return top
    let at = 0
    for (;;) {
      let down = 2 * at + 1
      if (down >= heap.length) break
      if (down + 1 < heap.length && before(heap[down + 1] as Due, heap[down] as Due)) down++
      if (!before(heap[down] as Due, last)) break
      heap[at] = heap[down] as Due
      at = down
    }
    heap[at] = last
    return top
  }
}

const nothing = (): void => undefined

/** Tasks of stores that have an event loop of their own, in order; empty where there are none. */
const tasks: (() => void)[] = []
let isTakenOver = false
/** Work that is really under way outside this process's promises, as a database in WebAssembly. */
const underWay = new Set<Promise<unknown>>()

/** From now on what asks for a turn of the event loop gets one of ours, in the order of asking. */
export function takeOverTasks(): void {
  isTakenOver = true
  globalThis.setImmediate = ((what: (...args: unknown[]) => void, ...args: unknown[]) =>
    tasks.push(() => what(...args))) as unknown as typeof setImmediate
}

/** The world waits for this before it goes on. */
export function waitFor<T>(work: Promise<T>): Promise<T> {
  const done = work.finally(() => underWay.delete(done))
  done.catch(() => undefined)
  underWay.add(done)
  return done
}

/**
 * The world waits for keys that are made from a passphrase, and for nothing else of whoever asked for them: that may itself be waiting
 * for the world's time.
 */
export async function waitForKeys(): Promise<void> {
  // Loading is no part of a world.
  await import('hash-wasm')
  const { compile, instantiate } = WebAssembly
  WebAssembly.compile = (...given) => waitFor(compile(...given))
  WebAssembly.instantiate = ((...given: Parameters<typeof instantiate>) =>
    waitFor(instantiate(...given))) as typeof instantiate
}

/** A real turn of the event loop, whoever has taken over the others. */
const realTurn = globalThis.setImmediate
export const turned = (): Promise<void> => new Promise((done) => void realTurn(done))

const tick = (): Promise<void> => new Promise((done) => process.nextTick(done))

/**
 * Waits until every promise that can go on has gone on: a tick runs only when the microtasks are done. No timer and no I/O is part
 * of it, so it always ends at the same place.
 */
export function settled(): Promise<void> {
  // Two who ran tasks in turn would each run one before everything that follows from the other's has happened.
  const done = settling.then(settleDown)
  settling = done.catch(nothing)
  return done
}

let settling: Promise<void> = Promise.resolve()

async function settleDown(): Promise<void> {
  await tick()
  for (;;) {
    const task = tasks.shift()
    if (task) task()
    else if (underWay.size > 0) await turned()
    else return
    await tick()
  }
}

/** Sees a piece of work through whose own waiting may be for tasks that nobody else would run. */
export async function through<T>(work: Promise<T>): Promise<T> {
  const state = { isOver: !isTakenOver }
  const over = (): void => void (state.isOver = true)
  work.then(over, over)
  while (!state.isOver) await settled()
  return work
}
