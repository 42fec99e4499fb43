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

const ignore = (): void => undefined

/** Nobody has to wait for what an operation promises: its failure ends the transaction, and that is heard. */
function free<T extends Record<string, (...args: never[]) => Promise<unknown>>>(table: T): T {
  const freed = Object.entries(table).map(([name, operation]) => {
    const run = (...args: never[]): Promise<unknown> => {
      const promise = operation(...args)
      promise.catch(ignore)
      return promise
    }
    return [name, run]
  })
  return Object.fromEntries(freed) as T
}

/** Makes a request and gives its answer. */
const answer = <T>(make: () => IDBRequest<T>, hearing: Hearing): Promise<T> =>
  new Promise((resolve, reject) => {
    try {
      const request = make()
      request.addEventListener('success', () => {
        hearing.moved()
        resolve(request.result)
      })
      request.addEventListener('error', () =>
        reject(request.error ?? new DOMException('failed', 'UnknownError')),
      )
    } catch (error) {
      hearing.failed(error)
      reject(error)
    }
  })

/** Makes many requests and waits for the last: they are answered in order, and one that fails ends the transaction. */
async function inARow<T>(
  things: readonly T[],
  make: (thing: T) => IDBRequest,
  hearing: Hearing,
): Promise<void> {
  if (things.length === 0) return
  await answer(() => {
    for (const thing of things.slice(0, -1)) make(thing)
    return make(things[things.length - 1] as T)
  }, hearing)
}

/** Every value of an index once, by a cursor that skips. */
function distinct(index: IDBIndex): Promise<Key[]> {
  return new Promise((resolve, reject) => {
    const found: Key[] = []
    const request = index.openKeyCursor(null, 'nextunique')
    request.addEventListener('error', () =>
      reject(request.error ?? new DOMException('failed', 'UnknownError')),
    )
    request.addEventListener('success', () => {
      const cursor = request.result
      if (!cursor) return resolve(found)
      found.push(cursor.key)
      cursor.continue()
    })
  })
}

/** The operations of `tables.ts` on one object store of a running transaction; every request is made at once. */
export function storeTable(store: IDBObjectStore, keyRange: typeof IDBKeyRange, hearing: Hearing) {
  const ask = <T>(make: () => IDBRequest<T>): Promise<T> => answer(make, hearing)
  const rangeOf = ({ from, to, after }: Range<Key>): IDBKeyRange | null => {
    const lower = after ?? from
    if (lower !== undefined && to !== undefined) return keyRange.bound(lower, to, after !== undefined)
    if (lower !== undefined) return keyRange.lowerBound(lower, after !== undefined)
    return to === undefined ? null : keyRange.upperBound(to)
  }
  const anyOf = async (index: string, values: readonly Key[]): Promise<Row[]> => {
    const isSmall = values.length > FEW && (await ask(() => store.count())) <= values.length
    if (isSmall) {
      const wanted = new Set(values)
      return (await ask(() => store.getAll())).filter((row: Record<string, Key>) =>
        wanted.has(row[index] as Key),
      )
    }
    const found = await Promise.all(values.map((one) => ask<Row[]>(() => store.index(index).getAll(one))))
    return found.flat()
  }
  return free({
    get: (key: Key) => ask<Row | undefined>(() => store.get(key)),
    getMany: (keys: readonly Key[]) =>
      Promise.all(keys.map((key) => ask<Row | undefined>(() => store.get(key)))),
    all: (range: Range<Key> = {}) => ask<Row[]>(() => store.getAll(rangeOf(range), range.limit)),
    keys: () => ask(() => store.getAllKeys()),
    count: () => ask(() => store.count()),
    async by(index: string, where: Where<Key>): Promise<Row[]> {
      if ('anyOf' in where) return anyOf(index, where.anyOf)
      const range = 'is' in where ? where.is : keyRange.upperBound(where.below, true)
      return ask<Row[]>(() => store.index(index).getAll(range))
    },
    countBy: (index: string, where: { is: Key }) => ask(() => store.index(index).count(where.is)),
    distinct: (index: string) => distinct(store.index(index)),
    put: async (row: Row): Promise<void> => void (await ask(() => store.put(row))),
    putMany: (rows: readonly Row[]) => inARow(rows, (row) => store.put(row), hearing),
    addMany: (rows: readonly Row[]) => inARow(rows, (row) => store.add(row), hearing),
    deleteMany: (keys: readonly Key[]) => inARow(keys, (key) => store.delete(key), hearing),
  })
}
