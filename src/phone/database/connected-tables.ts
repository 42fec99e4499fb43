import { isConnectionLost, watchdog, type After } from './connect.ts'
import type { Store } from './rows.ts'
import type { Durability, Lost, VaultTables } from './tables.ts'
import { begin, type Watcher } from './transaction.ts'

/** A way to a database that may be lost and found again. */
export interface Connection {
  keyRange: typeof IDBKeyRange
  /** null: there is none just now. */
  now(): IDBDatabase | null
  reopen(): Promise<void>
  /** Absent: it is looked at once and nobody minds. */
  whenLost?(heard: (why: Lost) => void): void
  close(): void
}

/** A connection that was lost is opened again so many times for one asking. */
const REOPENS = 2

/** Several who find the connection lost at once open it once. */
function once(work: () => Promise<void>): () => Promise<void> {
  let underWay: Promise<void> | null = null
  return () =>
    (underWay ??= work().finally(() => {
      underWay = null
    }))
}

/** The tables of a vault over a connection. A write is watched; a reading that lost its connection is repeated. */
export function connectedTables(connection: Connection, after: After): VaultTables {
  const watched = watchdog(after)
  const reopen = once(() => connection.reopen())
  const start = <T>(
    stores: readonly Store[],
    mode: Durability | 'read',
    work: (tables: never) => Promise<T>,
    watcher?: Watcher,
  ): Promise<T> => {
    const db = connection.now()
    if (!db) throw new DOMException('the database is closed', 'InvalidStateError')
    return begin({ db, keyRange: connection.keyRange }, stores, mode, work, watcher)
  }
  /** Nothing was begun yet, so trying again can do nothing twice. */
  const startAgain = async <T>(error: unknown, begins: () => Promise<T>): Promise<T> => {
    if (!isConnectionLost(error)) throw error
    await reopen()
    return begins()
  }
  return {
    async read(stores, work) {
      for (let tries = 0; ; tries++) {
        try {
          return await start(stores, 'read', work)
        } catch (error) {
          if (tries === REOPENS || !isConnectionLost(error)) throw error
          await reopen()
        }
      }
    },
    write: (stores, durability, work) =>
      watched((watcher) => {
        const begins = () => start(stores, durability, work, watcher)
        try {
          return begins()
        } catch (error) {
          return startAgain(error, begins)
        }
      }),
    reopen,
    whenLost: (heard) => connection.whenLost?.(heard),
    close: () => connection.close(),
  }
}
