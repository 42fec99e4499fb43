import { TABLE } from '#sync/engine/machine.ts'
import type { Outcome } from './workers.ts'

/** What all worlds come to together. */
export interface Sums {
  worlds: number
  phones: number[]
  ops: number[]
  struck: number[]
  faults: Map<string, number>
  acts: Map<string, number>
  cells: Map<string, number>
  events: number
}

export const emptySums = (): Sums => ({
  worlds: 0,
  phones: [],
  ops: [],
  struck: [],
  faults: new Map(),
  acts: new Map(),
  cells: new Map(),
  events: 0,
})

const count = (map: Map<string, number>, name: string, by: number): void =>
  void map.set(name, (map.get(name) ?? 0) + by)

export function addOutcome(sums: Sums, outcome: Outcome): void {
  sums.worlds++
  sums.events += outcome.events
  sums.phones.push(outcome.phones)
  sums.ops.push(outcome.ops)
  sums.struck.push(Object.values(outcome.faults).reduce((sum, one) => sum + one, 0))
  for (const [kind, times] of Object.entries(outcome.faults)) count(sums.faults, kind, times)
  for (const [kind, times] of Object.entries(outcome.acts)) count(sums.acts, kind, times)
  for (const cell of outcome.cells) count(sums.cells, cell, 1)
}

const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1] ?? 0

const CELLS = Object.entries(TABLE).flatMap(([state, row]) =>
  Object.keys(row).map((event) => `${state}/${event}`),
)
/** A fault that struck less often was hardly tried. */
const ENOUGH = 100

const listed = (all: readonly (readonly [string, number])[]): string =>
  all.map(([kind, times]) => `${kind} ${times}`).join(', ')

/** The sums in lines. @param seconds how long it took */
export function printed(sums: Sums, seconds: number): string[] {
  const faults = [...sums.faults].sort(([a], [b]) => (a < b ? -1 : 1))
  const cells = [...sums.cells].sort(([, a], [, b]) => a - b)
  const never = CELLS.filter((cell) => !sums.cells.has(cell))
  return [
    `${sums.worlds} worlds in ${Math.round(seconds)} s, ${Math.round((seconds * 1000) / Math.max(1, sums.worlds))} ms each, ${sums.events} events`,
    `median of a world: ${median(sums.phones)} devices, ${median(sums.ops)} ops, ${median(sums.struck)} faults`,
    `faults that struck (${faults.length} kinds): ${listed(faults)}`,
    `struck fewer than ${ENOUGH} times: ${listed(faults.filter(([, times]) => times < ENOUGH)) || 'none'}`,
    `seldom things that people did: ${listed([...sums.acts])}`,
    `cells of the engine's table visited: ${CELLS.length - never.length} of ${CELLS.length}; seldom: ${listed(cells.slice(0, 8))}`,
    `never visited: ${never.join(', ') || 'none'}`,
  ]
}
