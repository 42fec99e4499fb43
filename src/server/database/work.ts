import { AsyncLocalStorage } from 'node:async_hooks'
import { sql } from 'drizzle-orm'
import type { DatabaseRole, Settings, TransactionOptions, Tx } from './database.ts'

const inside = new AsyncLocalStorage<true>()

type Transact = <T>(
  work: (tx: Tx) => Promise<T>,
  config?: { isolationLevel: 'read committed' | 'repeatable read' },
) => Promise<T>

/**
 * Runs work in one transaction under a role with its settings, all of them local to the transaction, so that nothing is left
 * behind on a shared connection. Setting names get the prefix `mb.`.
 */
export function workAs<T>(
  transact: Transact,
  role: DatabaseRole,
  settings: Settings,
  work: (tx: Tx) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  if (inside.getStore()) throw new Error('a transaction inside a transaction: pass the outer one on')
  const all = [
    ...Object.entries(settings).map(([name, value]) => [`mb.${name}`, value] as const),
    ['role', `mb_${role}`] as const,
  ]
  const calls = all.map(([name, value]) => sql`set_config(${name}, ${value}, true)`)
  return inside.run(true, () =>
    transact(
      async (tx) => {
        await tx.execute(sql`SELECT ${sql.join(calls, sql`, `)}`)
        return work(tx)
      },
      options.isolation ? { isolationLevel: options.isolation } : undefined,
    ),
  )
}
