import { sql, type SQL } from 'drizzle-orm'
import type { Database, Tx } from '#server/database/database.ts'

/** A statement that went to the database, and the partitions that its plan touches, by table. */
export interface Explained {
  role: string
  text: string
  parts: Map<string, Set<string>>
}

const PARTS = / on ([a-z_]+)_(\d\d)\b/g

function partsOf(lines: readonly string[]): Map<string, Set<string>> {
  const parts = new Map<string, Set<string>>()
  for (const line of lines)
    for (const [, table = '', part = ''] of line.matchAll(PARTS))
      parts.set(table, (parts.get(table) ?? new Set()).add(part))
  return parts
}

const textOf = (query: SQL): string =>
  query.queryChunks
    .map((one) =>
      one && typeof one === 'object' && 'value' in one ? String((one as { value: unknown }).value) : '?',
    )
    .join('')
    .replace(/\s+/g, ' ')
    .trim()

/** A database that explains every statement before it does it; what has no plan (settings, savepoints) is passed over. */
export function explaining(database: Database): { database: Database; seen: Explained[] } {
  const seen: Explained[] = []
  const watched = (tx: Tx, role: string): Tx =>
    new Proxy(tx, {
      get(target, name) {
        if (name === 'execute')
          return async (query: SQL) => {
            const text = textOf(query)
            if (/^(SELECT|INSERT|UPDATE|DELETE|WITH)\b/.test(text)) {
              const plan = await target.execute<Record<string, string>>(sql`EXPLAIN ${query}`)
              seen.push({ role, text, parts: partsOf(plan.rows.map((row) => Object.values(row)[0] ?? '')) })
            }
            return target.execute(query)
          }
        if (name === 'transaction')
          return (work: (inner: Tx) => Promise<unknown>) =>
            target.transaction((inner) => work(watched(inner as unknown as Tx, role)))
        return Reflect.get(target, name) as unknown
      },
    })
  const as: Database['as'] = (role, settings, work, options) =>
    database.as(role, settings, (tx) => work(watched(tx, role)), options)
  return { database: { ...database, as }, seen }
}
