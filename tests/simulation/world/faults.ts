/**
 * Every kind of fault a world knows, by where it strikes. `weight`: how often it is drawn beside its neighbours; `swarm`: kinds of one
 * swarm are switched off together, because a fault hides others of its own family.
 */
export interface FaultRow {
  kind: string
  where: 'network' | 'engine' | 'crash' | 'storage' | 'time' | 'server' | 'session'
  weight: number
}

const rows = (where: FaultRow['where'], kinds: Readonly<Record<string, number>>): FaultRow[] =>
  Object.entries(kinds).map(([kind, weight]) => ({ kind, where, weight }))

export const FAULTS: readonly FaultRow[] = [
  ...rows('network', {
    'request-lost': 6,
    'answer-lost': 8,
    doubled: 5,
    late: 4,
    reordered: 4,
    cut: 8,
    'cut-clean': 4,
    trickle: 3,
    'too-large': 3,
    'too-many': 3,
    'bad-gateway': 3,
    portal: 3,
    stale: 3,
    reset: 4,
    offline: 6,
  }),
  ...rows('engine', { 'late-word': 6 }),
  ...rows('crash', { 'tab-killed': 10, 'browser-killed': 5, 'power-cut': 5, 'node-killed': 6 }),
  ...rows('storage', {
    full: 4,
    aborted: 4,
    'open-fails': 2,
    'newer-build': 2,
    vanished: 1,
    'row-rotten': 3,
    'row-gone': 3,
    'row-old': 3,
    cloned: 1,
  }),
  ...rows('time', { 'day-ahead': 2, 'day-behind': 2, 'year-1970': 2, jump: 3, frozen: 3, drift: 2 }),
  ...rows('server', {
    'commit-unheard': 4,
    serialisation: 4,
    deadlock: 3,
    failover: 3,
    restored: 2,
    'restored-quietly': 2,
    'older-node': 3,
    'slow-county': 3,
    'disk-full': 3,
  }),
  ...rows('session', { 'session-over': 4, 'cut-off': 2 }),
]

/** One fault of one world: when, on which phone, and three raw numbers in [0, 1) from which it takes whatever it needs. */
export interface Fault {
  /** Ms since the beginning. */
  at: number
  kind: string
  on: number
  a: number
  b: number
  c: number
}
