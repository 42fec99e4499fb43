import { cloned, type Key, type MemoryStore, type Row } from './memory-store.ts'
import type { MemoryTransaction } from './memory-transaction.ts'

/** The operations of `tables.ts` inside a transaction; rows are copied when they are handed over, in either direction. */
export function tablesOf(one: MemoryTransaction, names: readonly string[]): object {
  const put = (store: MemoryStore, rows: readonly Row[], isNew: boolean) => {
    for (const row of rows) {
      const key = store.keyOf(row)
      if (isNew && store.has(key)) throw new DOMException('the key is taken', 'ConstraintError')
      one.write(store, key, row)
    }
  }
  const table = (name: string) => {
    const putting = (rows: readonly Row[], isNew: boolean) => {
      const copies = rows.map(cloned)
      return one.ask(name, 'put', (store) => put(store, copies, isNew))
    }
    return {
      get: (key: Key) => one.ask(name, 'get', (store) => store.get(key)),
      getMany: (keys: readonly Key[]) => one.ask(name, 'get', (store) => keys.map((key) => store.get(key))),
      all: (range?: object) => one.ask(name, 'all', (store) => store.all(range)),
      keys: (range?: object) =>
        one.ask(name, 'keys', (store) =>
          range ? store.all(range).map((row) => store.keyOf(row)) : [...store.keys()],
        ),
      count: () => one.ask(name, 'count', (store) => store.size),
      by: (index: string, where: never) => one.ask(name, 'by', (store) => store.by(index, where)),
      countBy: (index: string, where: never) =>
        one.ask(name, 'count', (store) => store.countBy(index, where)),
      distinct: (index: string) => one.ask(name, 'keys', (store) => store.distinct(index)),
      put: (row: Row) => putting([row], false),
      putMany: (rows: readonly Row[]) => putting(rows, false),
      addMany: (rows: readonly Row[]) => putting(rows, true),
      deleteMany: (keys: readonly Key[]) =>
        one.ask(name, 'delete', (store) => {
          for (const key of keys) if (store.has(key)) one.write(store, key, undefined)
        }),
    }
  }
  return Object.fromEntries(names.map((name) => [name, table(name)]))
}
