import { backOff } from './back-off.ts'

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
  /** Share of a whole batch to send, halved when the server finds it too large. */
  scale: number
  /** Why signing in is needed: 'login' or 'fork'; '' otherwise. */
  code: string
  /** Not before this moment (epoch ms), because the server asked so; 0: as we like. */
  notBefore: number
}

export const START: EngineState = { name: 'idle', tries: 0, again: false, scale: 1, code: '', notBefore: 0 }

export type EngineEvent =
  /** An edit was saved in some tab. */
  | { is: 'saved' }
  /** A reason to try now: visible, online, pageshow, focus, or a person asked. */
  | { is: 'wake' }
  | { is: 'timer' }
  /** A whole answer was applied. `more`: there is more to push or pull. `waitMs`: what the server asked for. */
  | { is: 'done'; more: boolean; waitMs: number }
  /** No answer, half an answer, or somebody else's answer. */
  | { is: 'weather' }
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

const stay = (state: EngineState): Step => [state, []]

const rest = (state: EngineState, env: Weather): Step => [
  { ...state, name: 'idle', again: false },
  env.visible ? [{ do: 'timer', ms: env.pollMs }] : [{ do: 'no-timer' }],
]

/** Goes now, or when the server's asked-for pause is over. */
const go = (state: EngineState, env: Weather): Step =>
  state.notBefore > env.now
    ? [{ ...state, name: 'backing-off' }, [{ do: 'timer', ms: state.notBefore - env.now }]]
    : [{ ...state, name: 'exchanging', again: false, notBefore: 0 }, [{ do: 'no-timer' }, { do: 'exchange' }]]

function pause(state: EngineState, env: Weather, askedMs: number): Step {
  const tries = state.tries + 1
  const ms = backOff(tries, env.random, askedMs, env.visible && env.waiting ? LOOKING_MS : undefined)
  return [
    { ...state, name: 'backing-off', tries, again: false, notBefore: askedMs > 0 ? env.now + askedMs : 0 },
    [{ do: 'timer', ms }],
  ]
}

function refused(state: EngineState, status: number, retryAfterMs: number, env: Weather): Step {
  if (status === 401 || status === 403)
    return [{ ...state, name: 'needs-login', code: 'login', again: false }, [{ do: 'no-timer' }]]
  // Too large, or something in it is not liked: smaller batches find out what, and the rest goes on (I-9).
  if (status === 400 || status === 413 || status === 422)
    return go({ ...state, scale: state.scale / 2, name: 'idle' }, env)
  return pause(state, env, retryAfterMs)
}

function done(state: EngineState, more: boolean, waitMs: number, env: Weather): Step {
  const grown = {
    ...state,
    tries: 0,
    scale: Math.min(1, state.scale * 1.25),
    notBefore: waitMs > 0 ? env.now + waitMs : 0,
  }
  return more || state.again ? go(grown, env) : rest(grown, env)
}

type Row = {
  [E in EngineEvent['is']]: (state: EngineState, event: Extract<EngineEvent, { is: E }>, env: Weather) => Step
}

const cutting = (state: EngineState, event: { on: boolean }): Step =>
  event.on ? [{ ...state, name: 'cut', again: false }, [{ do: 'no-timer' }, { do: 'abort' }]] : stay(state)

/** Answers that come when no exchange of ours is under way any more: what they brought is in the store already. */
const LATE = { done: stay, weather: stay, busy: stay, refused: stay } as const
const forked = (state: EngineState): Step => [
  { ...state, name: 'needs-login', code: 'fork', again: false },
  [{ do: 'no-timer' }],
]

/** Every state with every event; a missing cell does not compile. */
const TABLE: { [S in StateName]: Row } = {
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
    weather: (state, _event, env) => pause(state, env, 0),
    busy: (state) => [{ ...state, name: 'backing-off' }, [{ do: 'timer', ms: BUSY_MS }]],
    refused: (state, event, env) => refused(state, event.status, event.retryAfterMs, env),
    fork: forked,
    entered: (state) => stay({ ...state, again: true }),
    cut: cutting,
  },
  'backing-off': {
    ...LATE,
    saved: (state, _event, env) => go(state, env),
    wake: (state, _event, env) => go({ ...state, tries: 0 }, env),
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
    cut: (state, event, env) => (event.on ? stay(state) : go({ ...state, name: 'idle', tries: 0 }, env)),
  },
}

/** The engine's one decision: what to be and what to do next. Pure. */
export function next(state: EngineState, event: EngineEvent, env: Weather): Step {
  const decide = TABLE[state.name][event.is] as (state: EngineState, event: EngineEvent, env: Weather) => Step
  return decide(state, event, env)
}
