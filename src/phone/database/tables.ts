import type { Indexes, Keys, Rows, Store } from './rows.ts'

/** Part of a store in the order of its primary key; ends are included, `after` is not. */
export interface Range<K> {
  from?: K
  to?: K
  after?: K
  /** At most so many. */
  limit?: number
}

/** Which values of an index. */
export type Where<V> = { is: V } | { anyOf: readonly V[] } | { below: V }

type IndexOf<S extends Store> = S extends keyof Indexes ? keyof Indexes[S] & string : never
type ValueOf<S extends Store, I extends string> = S extends keyof Indexes
  ? I extends keyof Indexes[S]
    ? Indexes[S][I]
    : never
  : never

/** A store inside a reading transaction. Rows are the caller's own: changing one changes nothing here. */
export interface ReadTable<S extends Store> {
  get(key: Keys[S]): Promise<Rows[S] | undefined>
  /** In the order asked for; undefined where there is none. */
  getMany(keys: readonly Keys[S][]): Promise<(Rows[S] | undefined)[]>
  /** In the order of the primary key. */
  all(range?: Range<Keys[S]>): Promise<Rows[S][]>
  keys(range?: Range<Keys[S]>): Promise<Keys[S][]>
  count(): Promise<number>
  /** Rows by an index; in no promised order. */
  by<I extends IndexOf<S>>(index: I, where: Where<ValueOf<S, I>>): Promise<Rows[S][]>
  countBy<I extends IndexOf<S>>(index: I, where: { is: ValueOf<S, I> }): Promise<number>
  /** The values an index holds, each once. */
  distinct<I extends IndexOf<S>>(index: I): Promise<ValueOf<S, I>[]>
}

/** A store inside a writing transaction. Requests are made at once and in order, whether or not they are awaited. */
export interface WriteTable<S extends Store> extends ReadTable<S> {
  put(row: Rows[S]): Promise<void>
  putMany(rows: readonly Rows[S][]): Promise<void>
  /** Fails, and the transaction with it, when the key is taken. */
  addMany(rows: readonly Rows[S][]): Promise<void>
  deleteMany(keys: readonly Keys[S][]): Promise<void>
}

/** Records are removed by `evict` alone (L-26). */
type WithoutRemoval<S extends Store> = S extends 'rec' ? Omit<WriteTable<'rec'>, 'deleteMany'> : WriteTable<S>

export type ReadTables<S extends Store> = { readonly [K in S]: ReadTable<K> }
export type WriteTables<S extends Store> = { readonly [K in S]: WithoutRemoval<K> }

/** strict: what a person typed must survive a pulled battery; relaxed: what the server can send again. */
export type Durability = 'strict' | 'relaxed'

/**
 * Why a database is closed for good in this page. newer-build: another tab runs a newer build, which has opened it; gone: it was
 * deleted or emptied while it was open. What is on the screen is still there; a save is refused and says so.
 */
export type Lost = 'newer-build' | 'gone'

/**
 * The stores of one open vault. Inside a transaction only its own tables may be awaited. Transactions over the same stores run
 * in the order in which they were asked for, as if one after the other; one that throws has changed nothing.
 */
export interface VaultTables {
  /** A connection that was lost is opened again and the reading repeated. */
  read<S extends Store, T>(stores: readonly S[], work: (tables: ReadTables<S>) => Promise<T>): Promise<T>
  /**
   * All or nothing; resolves when the transaction is complete, because the success of a request is not yet stored (trust trap 2).
   * Rejects with a lost connection when nobody can know whether it was stored (`isConnectionLost`); `reopen` and look.
   */
  write<S extends Store, T>(
    stores: readonly S[],
    durability: Durability,
    work: (tables: WriteTables<S>) => Promise<T>,
  ): Promise<T>
  /** Opens the connection anew. */
  reopen(): Promise<void>
  /** Called once when the database is closed for good; at once, if it is. */
  whenLost(heard: (why: Lost) => void): void
  close(): void
}

/** Where the vaults of this browser are kept. */
export interface VaultStorage {
  /** Opens a vault's tables; makes them when they are not there. */
  openTables(vault: string): Promise<VaultTables>
  /** Opens the tables of a vault that is there, of whatever version, for a look; null: there is none. Never makes one. */
  peekTables(vault: string): Promise<VaultTables | null>
  /** Ids of the vaults this browser knows to have tables; empty where it cannot say. */
  listVaults(): Promise<string[]>
}
