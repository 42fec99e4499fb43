/** One measured number beside what the browser can do at all, measured in the same run. */
export interface Measurement {
  name: string
  ms: number
  /** What a bare page needs for the same, ms. */
  floorMs: number
  /** Budget, ms; null when only the ratio is watched. */
  limitMs: number | null
  runs: number[]
}

export interface Workload {
  /** Names by which `--only` calls it. */
  names: readonly string[]
  run(say: (line: string) => void): Promise<Measurement[]>
}
