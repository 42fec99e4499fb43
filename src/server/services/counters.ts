/** Numbers about the server's own work since it started, for `/api/metrics`. Labels are codes of ours, never values of people. */
export interface Counters {
  add(name: string, labels?: Readonly<Record<string, string>>, by?: number): void
  /** Prometheus text format, version 0.0.4. */
  text(): string
}

export function makeCounters(): Counters {
  const values = new Map<string, number>()
  return {
    add(name, labels = {}, by = 1) {
      const inside = Object.entries(labels).map(
        ([key, value]) => `${key}="${value.replace(/[\\"\n]/g, '_')}"`,
      )
      const key = inside.length > 0 ? `${name}{${inside.join(',')}}` : name
      values.set(key, (values.get(key) ?? 0) + by)
    },
    text: () =>
      [...values]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => `${key} ${value}\n`)
        .join(''),
  }
}
