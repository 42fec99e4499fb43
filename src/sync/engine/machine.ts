import { backOff, believed, herdDelay, widened } from './back-off.ts'
import { classify } from './status.ts'

/**
 * What the engine is doing. idle: nothing to do now; exchanging: one request is under way; backing-off: waiting for a timer after a
 * failure; needs-login: somebody must sign in, nothing is lost; cut: told to keep off the network.
 */
export type StateName = 'idle' | 'exchanging' | 'backing-off' | 'needs-login' | 'cut'

export interface EngineState {
  name: StateName
  /** Failures in a row. */
  tries: number
  /** Something came up during the exchange: go again after it. */
  again: boolean
  /** Share of a whole batch to send, and of a whole page to ask for; halved when it was too much. */
  scale: number
  page: number
  /** Hand in only, because the last request was refused as a whole: then what is asked for cannot be the reason. */
  bare: boolean
  /** Why signing in is needed: 'login' or 'fork'; '' otherwise. */
  code: string
  /** Not before this monotonic moment (ms), because the server asked so; 0: as we like. */
  notBefore: number
  /** When the timer rings (monotonic ms); 0: none is set. */
  due: number
}

export const START: EngineState = {
  name: 'idle',
  tries: 0,
  again: false,
  scale: 1,
  page: 1,
  bare: false,
  code: '',
  notBefore: 0,
  due: 0,
}

export type EngineEvent =
  /** An edit was saved in some tab. */
  | { is: 'saved' }
  /** A reason to try now: visible, online, pageshow, focus; `asked`: a person asked. */
  | { is: 'wake'; asked?: boolean }
  | { is: 'timer' }
  /** A whole answer was applied. `more`: there is more to push or pull. `waitMs`: what the server asked for. */
  | { is: 'done'; more: boolean; waitMs: number }
  /** No answer, half an answer, or somebody else's answer. `slow`: it fell silent, so less at a time may get through. */
  | { is: 'weather'; slow?: boolean }
  /** Another tab runs. */
  | { is: 'busy' }
  /** Refused as a whole. `retryAfterMs` 0: not said. */
  | { is: 'refused'; status: number; retryAfterMs: number }
  /** Another phone uses our number: this one must be enrolled anew (I-7). */
  | { is: 'fork' }
  | { is: 'entered' }
  | { is: 'cut'; on: boolean }

export type EngineEffect =
  | { do: 'exchange' }
  | { do: 'timer'; ms: number }
  | { do: 'no-timer' }
  | { do: 'abort' }

/** What a decision may know besides state and event. */
export interface Weather {
  /** Monotonic reading, ms: a wall clock may jump. */
  now: number
  /** In [0, 1). */
  random: number
  visible: boolean
  /** Whether ops wait. */
  waiting: boolean
  /** How often to look for news while somebody looks, ms. */
  pollMs: number
}

export type Step = readonly [EngineState, readonly EngineEffect[]]

/** While somebody looks and work waits, a try is never further away than this. */
const LOOKING_MS = 60_000
const BUSY_MS = 2000
/** The smallest share: a batch of one op, a page of a few rows. */
const LEAST = 1 / 256
const GROWTH = 1.25

const halved = (share: number): number => Math.max(LEAST, share / 2)
const grown = (share: number): number => Math.min(1, share * GROWTH)

const stay = (state: EngineState): Step => [state, []]

const ring = (state: EngineState, env: Weather, ms: number): Step => [
  { ...state, name: 'backing-off', again: false, due: env.now + ms },
  [{ do: 'timer', ms }],
]

const rest = (state: EngineState, env: Weather): Step => [
  { ...state, name: 'idle', again: false, due: env.visible ? env.now + env.pollMs : 0 },
  env.visible ? [{ do: 'timer', ms: env.pollMs }] : [{ do: 'no-timer' }],
]

/** Goes now, or when the server's asked-for pause is over. */
const go = (state: EngineState, env: Weather): Step =>
  state.notBefore > env.now
    ? ring(state, env, state.notBefore - env.now)
    : [
        { ...state, name: 'exchanging', again: false, notBefore: 0, due: 0 },
        [{ do: 'no-timer' }, { do: 'exchange' }],
      ]

function pause(state: EngineState, env: Weather, asked: number): Step {
  const tries = state.tries + 1
  const askedMs = believed(asked)
  const ms = backOff(tries, env.random, askedMs, env.visible && env.waiting ? LOOKING_MS : undefined)
  return ring({ ...state, tries, notBefore: askedMs > 0 ? env.now + askedMs : 0 }, env, ms)
}

const smaller = (state: EngineState): EngineState => ({
  ...state,
  scale: halved(state.scale),
  page: halved(state.page),
})

/** Woken after a failure: what woke this phone has woken others, so it does not go at once (I-45). */
function soon(state: EngineState, env: Weather): Step {
  const ms = herdDelay(env.random, env.visible && env.waiting)
  const left = Math.max(0, state.due - env.now)
  return ring(state, env, Math.min(ms, left))
}

function refused(state: EngineState, status: number, retryAfterMs: number, env: Weather): Step {
  const meaning = classify(status)
  if (meaning === 'login')
    return [{ ...state, name: 'needs-login', code: 'login', again: false, due: 0 }, [{ do: 'no-timer' }]]
  // Too large, or something in it is not liked: smaller batches find out what, and the rest goes on (I-9).
  if (meaning === 'smaller')
    return go({ ...state, scale: halved(state.scale), bare: true, name: 'idle' }, env)
  return pause(meaning === 'slow' ? smaller(state) : state, env, retryAfterMs)
}

function done(state: EngineState, more: boolean, waitMs: number, env: Weather): Step {
  const after = {
    ...state,
    tries: 0,
    scale: grown(state.scale),
    page: grown(state.page),
    bare: false,
    notBefore: waitMs > 0 ? env.now + widened(believed(waitMs), env.random) : 0,
  }
  return more || state.again ? go(after, env) : rest(after, env)
}

type Row = {
  [E in EngineEvent['is']]: (state: EngineState, event: Extract<EngineEvent, { is: E }>, env: Weather) => Step
}

const cutting = (state: EngineState, event: { on: boolean }): Step =>
  event.on
    ? [{ ...state, name: 'cut', again: false, due: 0 }, [{ do: 'no-timer' }, { do: 'abort' }]]
    : stay(state)

/** Answers that come when no exchange of ours is under way any more: what they brought is in the store already. */
const LATE = { done: stay, weather: stay, busy: stay, refused: stay } as const
const forked = (state: EngineState): Step => [
  { ...state, name: 'needs-login', code: 'fork', again: false, due: 0 },
  [{ do: 'no-timer' }],
]

/** Every state with every event; a missing cell does not compile. */
export const TABLE: { [S in StateName]: Row } = {
  idle: {
    ...LATE,
    saved: (state, _event, env) => go(state, env),
    wake: (state, _event, env) => go(state, env),
    timer: (state, _event, env) => (env.visible || env.waiting ? go(state, env) : rest(state, env)),
    fork: forked,
    entered: (state, _event, env) => go(state, env),
    cut: cutting,
  },
  exchanging: {
    saved: (state) => stay({ ...state, again: true }),
    wake: stay,
    timer: stay,
    done: (state, event, env) => done(state, event.more, event.waitMs, env),
    weather: (state, event, env) => pause(event.slow ? smaller(state) : state, env, 0),
    busy: (state, _event, env) => ring(state, env, BUSY_MS),
    refused: (state, event, env) => refused(state, event.status, event.retryAfterMs, env),
    fork: forked,
    entered: (state) => stay({ ...state, again: true }),
    cut: cutting,
  },
  'backing-off': {
    ...LATE,
    saved: (state, _event, env) => go(state, env),
    wake: (state, event, env) =>
      event.asked || state.tries === 0 ? go({ ...state, tries: 0 }, env) : soon(state, env),
    timer: (state, _event, env) => go(state, env),
    fork: forked,
    entered: (state, _event, env) => go({ ...state, tries: 0 }, env),
    cut: cutting,
  },
  'needs-login': {
    ...LATE,
    saved: stay,
    // A session may have come back in another tab; a clone never gets well by waiting.
    wake: (state, _event, env) => (state.code === 'login' ? go({ ...state, code: '' }, env) : stay(state)),
    timer: stay,
    fork: forked,
    entered: (state, _event, env) => go({ ...state, code: '', tries: 0 }, env),
    cut: cutting,
  },
  cut: {
    ...LATE,
    saved: stay,
    wake: stay,
    timer: stay,
    fork: stay,
    entered: stay,
    // What stood in the way before may still: the server says so again.
    cut: (state, event, env) =>
      event.on ? stay(state) : go({ ...state, name: 'idle', code: '', tries: 0 }, env),
  },
}

/** The engine's one decision: what to be and what to do next. Pure. */
export function next(state: EngineState, event: EngineEvent, env: Weather): Step {
  const decide = TABLE[state.name][event.is] as (state: EngineState, event: EngineEvent, env: Weather) => Step
  return decide(state, event, env)
}
