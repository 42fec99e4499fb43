import type { Range, Where } from './tables.ts'

/** So few values of an index are asked for one by one; for more, a small store is read whole. */
const FEW = 4

type Key = IDBValidKey
type Row = object

/** What a transaction hears of the requests in it. */
export interface Hearing {
  moved(): void
  /** A request could not even be made; whoever made it may not be waiting for it. */
  failed(error: unknown): void
}

/** Nobody has to wait for an answer: its failure ends the transaction, and that is heard. */
function free<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined)
  return promise
}

/** Whole numbers as stretches without a gap; null: there are other keys among them. */
function stretchesOf(keys: readonly Key[]): { from: number; to: number }[] | null {
  const numbers = keys.filter((key): key is number => Number.isSafeInteger(key)).sort((a, b) => a - b)
  if (numbers.length !== keys.length) return null
  const found: { from: number; to: number }[] = []
  for (const n of numbers) {
    const last = found[found.length - 1]
    if (last && n - last.to <= 1) last.to = n
    else found.push({ from: n, to: n })
  }
  return found
}

const whyNot = (request: IDBRequest): unknown => request.error ?? new DOMException('failed', 'UnknownError')

/** The operations of `tables.ts` on one object store of a running transaction; every request is made at once. */
export class StoreTable {
  private readonly store: IDBObjectStore
  private readonly keyRange: typeof IDBKeyRange
  private readonly hearing: Hearing

  constructor(store: IDBObjectStore, keyRange: typeof IDBKeyRange, hearing: Hearing) {
    this.store = store
    this.keyRange = keyRange
    this.hearing = hearing
  }

  /** Makes requests and gives the answer of the last: they are answered in order, and one that fails ends the transaction. */
  private ask<T>(make: () => IDBRequest<T>): Promise<T> {
    const { hearing } = this
    const promise = new Promise<T>((resolve, reject) => {
      try {
        const request = make()
        request.addEventListener('success', () => {
          hearing.moved()
          resolve(request.result)
        })
        request.addEventListener('error', () => reject(whyNot(request)))
      } catch (error) {
        hearing.failed(error)
        reject(error)
      }
    })
    return free(promise)
  }

  private each<T>(things: readonly T[], make: (thing: T) => IDBRequest): Promise<unknown> {
    if (things.length === 0) return Promise.resolve()
    return this.ask(() => {
      for (let at = 0; at < things.length - 1; at++) make(things[at] as T)
      return make(things[things.length - 1] as T)
    })
  }

  private rangeOf({ from, to, after }: Range<Key>): IDBKeyRange | null {
    const lower = after ?? from
    if (lower !== undefined && to !== undefined) return this.keyRange.bound(lower, to, after !== undefined)
    if (lower !== undefined) return this.keyRange.lowerBound(lower, after !== undefined)
    return to === undefined ? null : this.keyRange.upperBound(to)
  }

  private async anyOf(index: string, values: readonly Key[]): Promise<Row[]> {
    const isSmall = values.length > FEW && (await this.count()) <= values.length
    if (isSmall) {
      const wanted = new Set(values)
      return (await this.all()).filter((row) => wanted.has((row as Record<string, Key>)[index] as Key))
    }
    return (await this.together(index, values)) ?? this.oneByOne(index, values)
  }

  private async oneByOne(index: string, values: readonly Key[]): Promise<Row[]> {
    const found = values.map((one) => this.ask<Row[]>(() => this.store.index(index).getAll(one)))
    return (await Promise.all(found)).flat()
  }

  /** What was written one after the other lies together, and comes in one reading; null: too much of others lies between. */
  private async together(index: string, values: readonly Key[]): Promise<Row[] | null> {
    if (values.length <= FEW || !values.every((one) => typeof one === 'string')) return null
    const sorted = [...values].sort()
    const between = this.keyRange.bound(sorted[0], sorted[sorted.length - 1])
    const limit = values.length * 2 + 1
    const there = await this.ask(() => this.store.index(index).getAllKeys(between, limit))
    if (there.length === limit) return null
    const wanted = new Set<Key>(values)
    const rows = await this.ask<Row[]>(() => this.store.index(index).getAll(between))
    return rows.filter((row) => wanted.has((row as Record<string, Key>)[index] as Key))
  }

  get(key: Key): Promise<Row | undefined> {
    return this.ask(() => this.store.get(key))
  }

  getMany(keys: readonly Key[]): Promise<(Row | undefined)[]> {
    return free(Promise.all(keys.map((key) => this.get(key))))
  }

  all(range: Range<Key> = {}): Promise<Row[]> {
    return this.ask(() => this.store.getAll(this.rangeOf(range), range.limit))
  }

  keys(range: Range<Key> = {}): Promise<Key[]> {
    return this.ask(() => this.store.getAllKeys(this.rangeOf(range), range.limit))
  }

  count(): Promise<number> {
    return this.ask(() => this.store.count())
  }

  by(index: string, where: Where<Key>): Promise<Row[]> {
    if ('anyOf' in where) return free(this.anyOf(index, where.anyOf))
    return this.ask(() =>
      this.store.index(index).getAll('is' in where ? where.is : this.keyRange.upperBound(where.below, true)),
    )
  }

  countBy(index: string, where: { is: Key }): Promise<number> {
    return this.ask(() => this.store.index(index).count(where.is))
  }

  /** By a cursor that skips. */
  distinct(index: string): Promise<Key[]> {
    return new Promise((resolve, reject) => {
      const found: Key[] = []
      const request = this.store.index(index).openKeyCursor(null, 'nextunique')
      request.addEventListener('error', () => reject(whyNot(request)))
      request.addEventListener('success', () => {
        const cursor = request.result
        if (!cursor) return resolve(found)
        found.push(cursor.key)
        cursor.continue()
      })
    })
  }

  put(row: Row): Promise<unknown> {
    return this.ask(() => this.store.put(row))
  }

  putMany(rows: readonly Row[]): Promise<unknown> {
    return this.each(rows, (row) => this.store.put(row))
  }

  addMany(rows: readonly Row[]): Promise<unknown> {
    return this.each(rows, (row) => this.store.add(row))
  }

  /** Numbers without a gap go in one request. */
  deleteMany(keys: readonly Key[]): Promise<unknown> {
    const stretches = stretchesOf(keys)
    if (!stretches) return this.each(keys, (key) => this.store.delete(key))
    return this.each(stretches, ({ from, to }) => this.store.delete(this.keyRange.bound(from, to)))
  }
}
