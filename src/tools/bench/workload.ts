/** One measured figure beside what the machine can do at all, measured in the same run. */
export interface Measurement {
  /** Workload, such as W1. */
  w: string
  name: string
  value: number
  unit: 'ms' | 'B' | 'requests' | 'records' | 'records/s' | 'statements' | 'MB'
  /** What the bare browser, line or database needs for the same, in the same unit; null where there is no such thing. */
  floor: number | null
  /** null: only watched. */
  goal: Goal | null
  /** The single runs behind a median; empty for a count. */
  runs: readonly number[]
}

/** A limit for the value itself, or for its ratio to the floor (for speeds: floor to value, so that 1 is the floor's own pace). */
export interface Goal {
  of: 'value' | 'ratio'
  is: 'at most' | 'at least' | 'exactly'
  limit: number
}

export interface Workload {
  /** Names by which `--only` calls it. */
  names: readonly string[]
  /** @param wanted the names asked for, so that one that does several leaves the others out */
  run(say: (line: string) => void, wanted: ReadonlySet<string>): Promise<Measurement[]>
}

/** Value against floor; null without a floor. */
export const ratioOf = (one: Measurement): number | null =>
  one.floor === null || one.floor === 0 ? null : one.value / one.floor

/** Whether the goal is met; null when there is none. */
export function isMet(one: Measurement): boolean | null {
  if (!one.goal) return null
  const measured = one.goal.of === 'value' ? one.value : ratioOf(one)
  if (measured === null) return false
  if (one.goal.is === 'exactly') return measured === one.goal.limit
  return one.goal.is === 'at most' ? measured <= one.goal.limit : measured >= one.goal.limit
}
