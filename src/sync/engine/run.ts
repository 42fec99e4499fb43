import { NotOurs } from './answer-lines.ts'
import { exchangeOnce, type ExchangePorts } from './exchange.ts'
import { next, START, type EngineEvent, type EngineState } from './machine.ts'
import { NoAnswer, Overtaken, type EngineLock } from './ports.ts'

export interface RunPorts extends ExchangePorts {
  lock: EngineLock
  random(): number
  visible(): boolean
  /** Whether ops wait, as last counted. */
  waiting(): boolean
  pollMs: number
  /** Told after every change of what the engine is or does. */
  changed(news: EngineNews): void
  /** An error that is neither weather nor the store's: ours. It is reported, and the engine backs off. */
  broken(error: unknown): void
}

/** What a screen may want to know of the engine. */
export interface EngineNews {
  state: EngineState
  sending: ReadonlySet<number>
  link: 'up' | 'down' | 'unknown'
  /** The last answer was somebody else's: a network that wants a login page of its own, or a proxy. */
  elsewhere: boolean
}

/** Ops that the server could not decide yet are offered again by themselves after this long, ms. */
const AGAIN_MS = 15 * 60_000

/**
 * While the device says that it has no network, the first try goes out, and then every so many-th, and the one after anything that woke
 * the engine: it is nearly always right, so the radio rests; where it is wrong, what waits goes all the same.
 */
const TRY_ANYWAY = 4

export interface Engine {
  event(event: EngineEvent): void
  news(): EngineNews
  /** Resolves when no step is under way. */
  settled(): Promise<void>
  stop(): Promise<void>
}

/** Runs the machine over its ports: one step at a time, one timer. */
export function startEngine(ports: RunPorts): Engine {
  let state = START
  let sending: ReadonlySet<number> = new Set()
  let link: EngineNews['link'] = 'unknown'
  let elsewhere = false
  let cancelTimer: (() => void) | undefined
  let step: Promise<void> = Promise.resolve()
  let stopped = false
  // Counts exchanges, so that the end of one that was broken off is not taken for the end of the next.
  let run = 0
  let isWoken = false
  const parked = new Set<number>()
  let unparkedAt = ports.clock.mono()
  const news = (): EngineNews => ({ state, sending, link, elsewhere })

  const oneStep = async (): Promise<EngineEvent> => {
    if (state.tries % TRY_ANYWAY !== 0 && !isWoken && ports.net.away?.()) {
      link = 'down'
      elsewhere = false
      return { is: 'weather' }
    }
    isWoken = false
    try {
      const event = await ports.lock.hold((fence) =>
        exchangeOnce(ports, {
          scale: state.scale,
          page: state.page,
          bare: state.bare,
          parked,
          fence,
          sending: (ns) => {
            sending = ns
            ports.changed(news())
          },
          heard: () => void (link = 'up'),
        }),
      )
      if (event === 'busy') return { is: 'busy' }
      if (event.is === 'weather') link = 'down'
      if (event.is === 'refused' || event.is === 'done') link = 'up'
      elsewhere = false
      return event
    } catch (error) {
      if (error instanceof Overtaken) return { is: 'busy' }
      const isSomebodyElse = error instanceof NotOurs
      if (!isSomebodyElse && !(error instanceof NoAnswer)) {
        // A store that takes nothing more says nothing of the line: nobody is told to look for a signal.
        ports.broken(error)
        return { is: 'weather' }
      }
      link = 'down'
      elsewhere = isSomebodyElse
      return isSomebodyElse ? { is: 'weather' } : { is: 'weather', slow: error.silent }
    }
  }

  const take = (event: EngineEvent): void => {
    if (stopped) return
    isWoken ||= event.is === 'wake' || event.is === 'entered'
    // What the server could not decide is offered again when somebody asks, and now and then by itself.
    const isAsked = (event.is === 'wake' && event.asked === true) || event.is === 'entered'
    if (isAsked || ports.clock.mono() - unparkedAt >= AGAIN_MS) {
      parked.clear()
      unparkedAt = ports.clock.mono()
    }
    const env = {
      now: ports.clock.mono(),
      random: ports.random(),
      visible: ports.visible(),
      waiting: ports.waiting(),
      pollMs: ports.pollMs,
    }
    const [after, effects] = next(state, event, env)
    state = after
    for (const effect of effects) {
      if (effect.do === 'exchange') {
        const mine = ++run
        step = stepAfter(step, mine)
      } else if (effect.do === 'abort') {
        run++
        ports.net.abort()
      } else {
        cancelTimer?.()
        cancelTimer =
          effect.do === 'timer' ? ports.clock.after(effect.ms, () => take({ is: 'timer' })) : undefined
      }
    }
    ports.changed(news())
  }

  const stepAfter = async (before: Promise<void>, mine: number): Promise<void> => {
    await before
    const event = await oneStep()
    if (mine === run) take(event)
  }

  const settled = async (): Promise<void> => {
    for (let before: Promise<void> | undefined; before !== step;) {
      before = step
      await before
    }
  }

  return {
    event: take,
    news,
    settled,
    async stop() {
      stopped = true
      cancelTimer?.()
      ports.net.abort()
      await settled()
    },
  }
}
