/** Numbers about the server's own work since it started, for `/api/metrics`. Labels are codes of ours, never values of people. */
export interface Counters {
  add(name: string, labels?: Readonly<Record<string, string>>, by?: number): void
  /** For what is as it is now: a moment, a size. */
  set(name: string, labels: Readonly<Record<string, string>>, value: number): void
  /** Prometheus text format, version 0.0.4. */
  text(): string
}

function keyOf(name: string, labels: Readonly<Record<string, string>>): string {
  const inside = Object.entries(labels).map(([key, value]) => `${key}="${value.replace(/[\\"\n]/g, '_')}"`)
  return inside.length > 0 ? `${name}{${inside.join(',')}}` : name
}

export function makeCounters(): Counters {
  const values = new Map<string, number>()
  return {
    add(name, labels = {}, by = 1) {
      const key = keyOf(name, labels)
      values.set(key, (values.get(key) ?? 0) + by)
    },
    set: (name, labels, value) => void values.set(keyOf(name, labels), value),
    text: () =>
      [...values]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => `${key} ${value}\n`)
        .join(''),
  }
}
