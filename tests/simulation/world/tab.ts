import type { Store } from '#phone/database/rows.ts'
import type {
  Durability,
  ReadTables,
  VaultStorage,
  VaultTables,
  WriteTables,
} from '#phone/database/tables.ts'

const never = new Promise<never>(() => undefined)
const ignore = (): void => undefined

/** Thrown inside a transaction of a page that has died, so that the store undoes it. Nobody of that page hears it. */
class Died extends Error {}

/** What a store may do to a page. Each throws what the store would say instead. */
export interface StoreWeather {
  opens(): void
  /** Before every write inside a transaction. */
  writes(): void
  /** After a commit. */
  committed(vault: string): void
}

/**
 * The life of one page: everything it asks of the platform goes through here, is counted, and may be where it dies. What is asked of
 * a dead page's platform never comes back, as nothing comes back to a process that was killed.
 */
export class Life {
  isOver = false
  /** Port calls so far: each counts twice, once before it and once after it. */
  calls = 0
  /** Dies at this call; Infinity: lives on. */
  diesAt = Infinity
  readonly gone: Promise<never>
  #end: (error: Error) => void = ignore
  readonly #deaths: (() => void)[] = []

  constructor() {
    this.gone = new Promise<never>((_, fail) => {
      this.#end = fail
    })
    this.gone.catch(ignore)
  }

  die(): void {
    if (this.isOver) return
    this.isOver = true
    this.#end(new Died())
    for (const one of this.#deaths.splice(0)) one()
  }

  onDeath(what: () => void): void {
    this.#deaths.push(what)
  }

  /** Counts; true when the page is dead, perhaps since now. */
  step(): boolean {
    if (!this.isOver && ++this.calls >= this.diesAt) this.die()
    return this.isOver
  }

  /** One call of a port; comes back only to the living. */
  async call<T>(effect: () => Promise<T>): Promise<T> {
    if (this.step()) return never
    try {
      const value = await effect()
      return this.step() ? never : value
    } catch (error) {
      if (this.step()) return never
      throw error
    }
  }

  /** A call inside a transaction: death undoes it. Nobody need wait for it. */
  inside<T>(effect: () => Promise<T>): Promise<T> {
    const done = this.#inside(effect)
    done.catch(ignore)
    return done
  }

  async #inside<T>(effect: () => Promise<T>): Promise<T> {
    if (this.step()) throw new Died()
    const value = await effect()
    if (this.step()) throw new Died()
    return value
  }
}

type AnyTable = Record<string, (...args: unknown[]) => Promise<unknown>>
const WRITES = new Set(['put', 'putMany', 'addMany', 'deleteMany'])

/** A promise that only ever fails, and the way to fail it. */
function failing(): { promise: Promise<never>; fail(error: unknown): void } {
  let fail: (error: unknown) => void = ignore
  const promise = new Promise<never>((_, no) => {
    fail = no
  })
  promise.catch(ignore)
  return { promise, fail }
}

/** Tables of a transaction under a life and a weather. @param fail ends the transaction, as a failed request does */
function counted<T>(tables: T, life: Life, weather: StoreWeather, fail: (error: unknown) => void): T {
  const written = (): void => {
    try {
      weather.writes()
    } catch (error) {
      fail(error)
      throw error
    }
  }
  const wrap = (table: AnyTable): AnyTable =>
    new Proxy(table, {
      get(target, name) {
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== 'function') return method
        return (...args: unknown[]) =>
          life.inside(async () => {
            if (WRITES.has(String(name))) written()
            return (method as AnyTable[string]).apply(target, args)
          })
      },
    })
  return new Proxy(tables as object, {
    get: (target, name) => wrap(Reflect.get(target, name) as AnyTable),
  }) as T
}

/** One page's way to its stores. */
function tablesUnder(inner: VaultTables, life: Life, weather: StoreWeather, vault: string): VaultTables {
  // A transaction that is told of the death, or of a failed request, ends at once, whatever its work is waiting for.
  const under = <T, R>(tables: T, work: (tables: T) => Promise<R>): Promise<R> => {
    const { promise, fail } = failing()
    return Promise.race([work(counted(tables, life, weather, fail)), promise, life.gone])
  }
  return {
    ...inner,
    read: <S extends Store, T>(stores: readonly S[], work: (tables: ReadTables<S>) => Promise<T>) =>
      life.call(() => inner.read(stores, (tables) => under(tables, work))),
    write: <S extends Store, T>(
      stores: readonly S[],
      durability: Durability,
      work: (tables: WriteTables<S>) => Promise<T>,
    ) =>
      life.call(async () => {
        const done = await inner.write(stores, durability, (tables) => under(tables, work))
        weather.committed(vault)
        return done
      }),
    reopen: () => life.call(() => inner.reopen()),
    close: () => {
      if (!life.isOver) inner.close()
    },
  }
}

/** Storage as one page sees it; what it opened is closed when it dies. */
export function storageUnder(inner: VaultStorage, life: Life, weather: StoreWeather): VaultStorage {
  const opened = (tables: VaultTables, vault: string): VaultTables => {
    life.onDeath(() => tables.close())
    return tablesUnder(tables, life, weather, vault)
  }
  return {
    openTables: (vault) =>
      life.call(async () => {
        weather.opens()
        return opened(await inner.openTables(vault), vault)
      }),
    peekTables: (vault) =>
      life.call(async () => {
        const tables = await inner.peekTables(vault)
        return tables && opened(tables, vault)
      }),
    listVaults: () => life.call(() => inner.listVaults()),
  }
}
