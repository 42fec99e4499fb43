import type { Range, Where } from '#phone/database/tables.ts'
import type { Key, MemoryStore, Row } from './memory-store.ts'
import type { MemoryTransaction } from './memory-transaction.ts'

/** The operations of `tables.ts` on one store inside a transaction; rows are copied when they are handed over, in either direction. */
class MemoryTable {
  private readonly one: MemoryTransaction
  private readonly name: string
  private readonly store: MemoryStore

  constructor(one: MemoryTransaction, name: string) {
    this.one = one
    this.name = name
    this.store = one.ground.stores.get(name) as MemoryStore
  }

  get(key: Key) {
    return this.one.ask(this.name, 'get', () => this.store.get(key))
  }
  getMany(keys: readonly Key[]) {
    return this.one.ask(this.name, 'get', () => keys.map((key) => this.store.get(key)))
  }
  all(range?: Range<Key>) {
    return this.one.ask(this.name, 'all', () => this.store.all(range))
  }
  keys(range?: Range<Key>) {
    return this.one.ask(this.name, 'keys', () =>
      range ? this.store.all(range).map((row) => this.store.keyOf(row)) : [...this.store.keys()],
    )
  }
  count() {
    return this.one.ask(this.name, 'count', () => this.store.size)
  }
  by(index: string, where: Where<Key>) {
    return this.one.ask(this.name, 'by', () => this.store.by(index, where))
  }
  countBy(index: string, where: Where<Key>) {
    return this.one.ask(this.name, 'count', () => this.store.countBy(index, where))
  }
  distinct(index: string) {
    return this.one.ask(this.name, 'keys', () => this.store.distinct(index))
  }
  put(row: Row) {
    return this.putting([row], false)
  }
  putMany(rows: readonly Row[]) {
    return this.putting(rows, false)
  }
  addMany(rows: readonly Row[]) {
    return this.putting(rows, true)
  }
  deleteMany(keys: readonly Key[]) {
    return this.one.ask(this.name, 'delete', () => {
      for (const key of keys) if (this.store.has(key)) this.one.write(this.store, key, undefined)
    })
  }

  private putting(rows: readonly Row[], isNew: boolean) {
    const copies = rows.map(this.store.copy)
    return this.one.ask(this.name, 'put', () => {
      for (const row of copies) {
        const key = this.store.keyOf(row)
        if (isNew && this.store.has(key)) throw new DOMException('the key is taken', 'ConstraintError')
        this.one.write(this.store, key, row)
      }
    })
  }
}

/** The tables of a transaction, by name. */
export function tablesOf(one: MemoryTransaction, names: readonly string[]): object {
  const tables: Record<string, MemoryTable> = {}
  for (const name of names) tables[name] = new MemoryTable(one, name)
  return tables
}
