import { META, type MetaRow, type Store } from '#phone/database/rows.ts'
import type {
  Durability,
  Range,
  ReadTables,
  VaultStorage,
  VaultTables,
  Where,
  WriteTables,
} from '#phone/database/tables.ts'

/** Made anew each time: one for all would remember everybody who ever waited for it. */
const never = (): Promise<never> => new Promise<never>(() => undefined)
const ignore = (): void => undefined

/** A failure that nobody need hear of. */
function unheard<T>(why: unknown): Promise<T> {
  const failed = Promise.reject<T>(why)
  failed.catch(ignore)
  return failed
}

/** Thrown inside a transaction of a page that has died, so that the store undoes it. Nobody of that page hears it. */
class Died extends Error {}

/** What a store may do to a page. Each throws what the store would say instead. */
export interface StoreWeather {
  opens(): Promise<void>
  /** Before every write inside a transaction. */
  writes(): void
  /** After a commit. */
  committed(vault: string): void
  /** A runner wrote to whose work another one had been let (I-43). */
  overtaken(): void
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
  /** The newest lease that this page took, where there are no locks; 0: none. */
  lease = 0
  readonly #deaths = new Set<() => void>()

  die(): void {
    if (this.isOver) return
    this.isOver = true
    for (const one of this.#deaths) one()
    this.#deaths.clear()
  }

  /** @returns how to call it off */
  onDeath(what: () => void): () => void {
    this.#deaths.add(what)
    return () => void this.#deaths.delete(what)
  }

  /** The work's end, or the death that comes before it. @param begin gets how to end it with an error */
  within<T>(begin: (fail: (error: unknown) => void) => Promise<T>): Promise<T> {
    return new Promise<T>((go, no) => {
      const off = this.onDeath(() => no(new Died()))
      const fail = (error: unknown): void => {
        off()
        no(error)
      }
      if (this.isOver) fail(new Died())
      begin(fail).then((value) => {
        off()
        return go(value)
      }, fail)
    })
  }

  /** Counts; true when the page is dead, perhaps since now. */
  step(): boolean {
    if (!this.isOver && ++this.calls >= this.diesAt) this.die()
    return this.isOver
  }

  /** One call of a port; comes back only to the living. */
  call<T>(effect: () => Promise<T>): Promise<T> {
    if (this.step()) return never()
    return effect().then(
      (value) => (this.step() ? never() : value),
      (error: unknown) => {
        if (this.step()) return never()
        throw error
      },
    )
  }

  /** A call inside a transaction: death undoes it. Nobody need wait for it. */
  inside<T>(effect: () => Promise<T>): Promise<T> {
    if (this.step()) return unheard(new Died())
    const done = effect().then((value) => {
      if (this.step()) throw new Died()
      return value
    })
    done.catch(ignore)
    return done
  }

  /** The same of a store that has done it by the time its call comes back: whether the page hears of it is known then, too. */
  insideAtOnce<T>(effect: () => Promise<T>): Promise<T> {
    if (this.step()) return unheard(new Died())
    const done = effect()
    return this.step() ? unheard(new Died()) : done
  }
}

/** The operations of a store, whichever it is. */
interface AnyTable {
  get(key: unknown): Promise<unknown>
  getMany(keys: unknown): Promise<unknown>
  all(range?: Range<unknown>): Promise<unknown>
  keys(range?: Range<unknown>): Promise<unknown>
  count(): Promise<unknown>
  by(index: string, where: Where<unknown>): Promise<unknown>
  countBy(index: string, where: Where<unknown>): Promise<unknown>
  distinct(index: string): Promise<unknown>
  put(row: unknown): Promise<unknown>
  putMany(rows: unknown): Promise<unknown>
  addMany(rows: unknown): Promise<unknown>
  deleteMany(keys: unknown): Promise<unknown>
}

/** A table under a life; `writes` throws when the store refuses. */
class CountedTable implements AnyTable {
  readonly #table: AnyTable
  readonly #life: Life
  readonly #writes: () => void
  readonly #isAtOnce: boolean

  constructor(table: AnyTable, life: Life, writes: () => void, isAtOnce: boolean) {
    this.#table = table
    this.#life = life
    this.#writes = writes
    this.#isAtOnce = isAtOnce
  }

  get(key: unknown) {
    return this.#asked(() => this.#table.get(key))
  }
  getMany(keys: unknown) {
    return this.#asked(() => this.#table.getMany(keys))
  }
  all(range?: Range<unknown>) {
    return this.#asked(() => this.#table.all(range))
  }
  keys(range?: Range<unknown>) {
    return this.#asked(() => this.#table.keys(range))
  }
  count() {
    return this.#asked(() => this.#table.count())
  }
  by(index: string, where: Where<unknown>) {
    return this.#asked(() => this.#table.by(index, where))
  }
  countBy(index: string, where: Where<unknown>) {
    return this.#asked(() => this.#table.countBy(index, where))
  }
  distinct(index: string) {
    return this.#asked(() => this.#table.distinct(index))
  }
  put(row: unknown) {
    const { name, value = 0 } = row as Partial<MetaRow>
    if (name === META.lease) this.#life.lease = Math.max(this.#life.lease, value)
    return this.#written(() => this.#table.put(row))
  }
  putMany(rows: unknown) {
    return this.#written(() => this.#table.putMany(rows))
  }
  addMany(rows: unknown) {
    return this.#written(() => this.#table.addMany(rows))
  }
  deleteMany(keys: unknown) {
    return this.#written(() => this.#table.deleteMany(keys))
  }

  #asked(effect: () => Promise<unknown>): Promise<unknown> {
    return this.#isAtOnce ? this.#life.insideAtOnce(effect) : this.#life.inside(effect)
  }

  #written(effect: () => Promise<unknown>): Promise<unknown> {
    return this.#asked(() => {
      try {
        this.#writes()
      } catch (error) {
        return unheard(error)
      }
      return effect()
    })
  }
}

/** What a page's stores are under. */
interface Under {
  life: Life
  weather: StoreWeather
  isAtOnce: boolean
}

/** Tables of a transaction under a life and a weather. @param fail ends the transaction, as a failed request does */
function counted(
  tables: object,
  stores: readonly Store[],
  { life, weather, isAtOnce }: Under,
  fail: (error: unknown) => void,
): object {
  const writes = (): void => {
    try {
      weather.writes()
    } catch (error) {
      fail(error)
      throw error
    }
  }
  const all: Partial<Record<Store, AnyTable>> = {}
  for (const store of stores)
    all[store] = new CountedTable((tables as Record<Store, AnyTable>)[store], life, writes, isAtOnce)
  return all
}

/** I-43: only runners move what has been fetched so far, and no runner after another one has taken over. */
async function expectHolder(tables: object, { life, weather }: Under): Promise<void> {
  const { cur, meta } = tables as Partial<ReadTables<'cur' | 'meta'>>
  if (life.lease === 0 || !cur || !meta) return
  const held = await meta.get(META.lease)
  if (held?.value !== life.lease) weather.overtaken()
}

/** One page's way to its stores. */
function tablesUnder(inner: VaultTables, over: Under, vault: string): VaultTables {
  const { life, weather } = over
  // A transaction that is told of the death, or of a failed request, ends at once, whatever its work is waiting for.
  const under = <T extends object, R>(
    tables: T,
    stores: readonly Store[],
    work: (tables: T) => Promise<R>,
  ): Promise<R> => life.within((fail) => work(counted(tables, stores, over, fail) as T))
  return {
    ...inner,
    read: <S extends Store, T>(stores: readonly S[], work: (tables: ReadTables<S>) => Promise<T>) =>
      life.call(() => inner.read(stores, (tables) => under(tables, stores, work))),
    write: <S extends Store, T>(
      stores: readonly S[],
      durability: Durability,
      work: (tables: WriteTables<S>) => Promise<T>,
    ) =>
      life.call(async () => {
        const done = await inner.write(stores, durability, async (tables) => {
          const worked = await under(tables, stores, work)
          await expectHolder(tables, over)
          return worked
        })
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
export function storageUnder(
  inner: VaultStorage,
  life: Life,
  weather: StoreWeather,
  isAtOnce = false,
): VaultStorage {
  const opened = (tables: VaultTables, vault: string): VaultTables => {
    life.onDeath(() => tables.close())
    return tablesUnder(tables, { life, weather, isAtOnce }, vault)
  }
  return {
    openTables: (vault) =>
      life.call(async () => {
        await weather.opens()
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
