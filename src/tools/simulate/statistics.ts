import type { Outcome } from './workers.ts'

/** What all worlds come to together. */
export interface Sums {
  worlds: number
  phones: number[]
  ops: number[]
  struck: number[]
  faults: Map<string, number>
  cells: Map<string, number>
  events: number
}

export const emptySums = (): Sums => ({
  worlds: 0,
  phones: [],
  ops: [],
  struck: [],
  faults: new Map(),
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
  for (const cell of outcome.cells) count(sums.cells, cell, 1)
}

const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1] ?? 0

/** The sums in lines. @param seconds how long it took */
export function printed(sums: Sums, seconds: number): string[] {
  const faults = [...sums.faults].sort(([a], [b]) => (a < b ? -1 : 1))
  const cells = [...sums.cells].sort(([, a], [, b]) => a - b)
  return [
    `${sums.worlds} worlds in ${Math.round(seconds)} s, ${Math.round((seconds * 1000) / Math.max(1, sums.worlds))} ms each, ${sums.events} events`,
    `median of a world: ${median(sums.phones)} devices, ${median(sums.ops)} ops, ${median(sums.struck)} faults`,
    `faults that struck (${faults.length} kinds): ${faults.map(([kind, times]) => `${kind} ${times}`).join(', ')}`,
    `cells of the engine's table visited: ${sums.cells.size}; seldom: ${cells
      .slice(0, 8)
      .map(([cell, times]) => `${cell} ${times}`)
      .join(', ')}`,
  ]
}
