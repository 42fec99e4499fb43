import { STORES } from '#phone/database/rows.ts'
import type { Lost, VaultStorage, VaultTables } from '#phone/database/tables.ts'
import { cloned, MemoryStore, thinlyCloned, type Row, type Undo } from './memory/memory-store.ts'
import { tablesOf } from './memory/memory-table.ts'
import { MemoryTransaction, type StoreWeather } from './memory/memory-transaction.ts'

export type { Commit, StoreWeather } from './memory/memory-transaction.ts'

/** Everything that lies in a storage, apart from it: vault, store, rows. */
export type MemorySnapshot = Record<string, Record<string, Row[]>>

interface Vault {
  stores: Map<string, MemoryStore>
  live: Set<MemoryTransaction>
  /** What undoes each relaxed write since the last strict one: the battery may still take those. */
  unflushed: Undo[][]
}

const emptyVault = (copy: (row: Row) => Row): Vault => ({
  stores: new Map(Object.entries(STORES).map(([name, shape]) => [name, new MemoryStore(shape, copy)])),
  live: new Set(),
  unflushed: [],
})

const OFF = () => new DOMException('the phone is off', 'UnknownError')

/**
 * The vaults of one simulated browser, with the transactions of IndexedDB and a weather of their own. Everything happens in
 * microtasks, in an order that depends on nothing but the calls.
 */
export class MemoryStorage implements VaultStorage {
  weather: StoreWeather = {}
  /** Bytes there is room for; null: no end. A write that grows beyond it is aborted for want of room. */
  capacity: number | null = null
  /** Writes stored so far. */
  commits = 0
  private vaults = new Map<string, Vault>()
  /** Raised by a crash: who opened before is off for good. */
  private life = 0
  /** Raised when the browser closes connections: they have to be opened again. */
  private line = 0
  private readonly losing = new Set<(vault: string | undefined, why: Lost) => void>()
  private readonly isThin: boolean

  /**
   * @param isThin for thousands of worlds: boxes are shared instead of copied, and nobody watches for transactions that wait for
   * something else
   */
  constructor(isThin = false) {
    this.isThin = isThin
  }

  get bytes(): number {
    let bytes = 0
    for (const { stores } of this.vaults.values()) for (const store of stores.values()) bytes += store.bytes
    return bytes
  }

  openTables = async (vault: string): Promise<VaultTables> => {
    if (!this.vaults.has(vault)) this.vaults.set(vault, this.emptyVault())
    return this.connect(vault)
  }
  peekTables = async (vault: string): Promise<VaultTables | null> =>
    this.vaults.has(vault) ? this.connect(vault) : null
  listVaults = async (): Promise<string[]> => [...this.vaults.keys()].sort()

  /** The process dies: what was not stored is undone, and who had it open hears nothing but errors. */
  crash(): void {
    this.life++
    this.abortAll(OFF)
  }

  /** The battery is pulled: of the relaxed writes since the last strict one only the first `kept` are there afterwards. */
  losePower(kept = 0): void {
    this.crash()
    for (const vault of this.vaults.values())
      for (const undo of vault.unflushed.splice(kept).reverse())
        for (const { store, key, before } of [...undo].reverse()) store.set(key, before)
  }

  /** The system has written out what it held back. */
  flush(): void {
    for (const vault of this.vaults.values()) vault.unflushed = []
  }

  /** The browser closes every connection, as iOS does in the background; opening again helps. */
  loseConnections(): void {
    this.line++
    this.abortAll(() => new DOMException('Connection to Indexed Database server lost', 'UnknownError'))
  }

  /** A cleaner empties the storage: one vault, or all. */
  wipe(vault?: string): void {
    if (vault === undefined) this.vaults.clear()
    else this.vaults.delete(vault)
    this.lose('gone', vault)
  }

  /** Closes for good whoever has it open: `newer-build` when another tab has opened it with one. */
  lose(why: Lost, vault?: string): void {
    for (const heard of this.losing) heard(vault, why)
  }

  snapshot(): MemorySnapshot {
    const rowsOf = ({ stores }: Vault) =>
      Object.fromEntries([...stores].map(([name, store]) => [name, store.all()]))
    return Object.fromEntries([...this.vaults].map(([id, vault]) => [id, rowsOf(vault)]))
  }

  /** Puts a snapshot in the place of everything; connections stay. */
  restore(snapshot: MemorySnapshot): void {
    this.vaults = new Map(Object.keys(snapshot).map((id) => [id, this.emptyVault()]))
    for (const [id, stores] of Object.entries(snapshot))
      for (const [name, rows] of Object.entries(stores)) {
        const store = this.vaults.get(id)?.stores.get(name)
        for (const row of rows) store?.set(store.keyOf(row), cloned(row))
      }
  }

  /** The same content on another phone. */
  copy(): MemoryStorage {
    const other = new MemoryStorage(this.isThin)
    other.restore(this.snapshot())
    return other
  }

  private emptyVault(): Vault {
    return emptyVault(this.isThin ? thinlyCloned : cloned)
  }

  /**
   * For whoever only watches: the rows themselves as of now, not to be changed; null where there is no vault.
   * @returns undefined while somebody writes: what is not stored yet may be undone
   */
  watch(vault: string): ((store: string) => Row[]) | null | undefined {
    const found = this.vaults.get(vault)
    if (!found) return null
    for (const one of found.live) if (one.mode !== 'read') return undefined
    return (store) => found.stores.get(store)?.rowsThemselves() ?? []
  }

  private abortAll(why: () => unknown): void {
    for (const vault of this.vaults.values())
      for (const one of vault.live) {
        one.fail(why())
        this.end(vault, one)
      }
  }

  private store(id: string, vault: Vault, one: MemoryTransaction): void {
    if (one.mode === 'read') return
    if (one.undo.length === 0) return
    const what = { vault: id, at: this.commits + 1, durability: one.mode, stores: one.names }
    this.weather.commit?.(what)
    if (one.failure) throw one.failure
    if (this.capacity !== null && this.bytes > this.capacity && this.hasGrown(one))
      throw new DOMException('no room', 'QuotaExceededError')
    this.commits++
    if (one.mode === 'strict') vault.unflushed = []
    else vault.unflushed.push([...one.undo])
    one.undo.length = 0
    this.weather.committed?.(what)
    // A crash just now: it is stored, and nobody hears of it.
    if (one.failure) throw one.failure
  }

  private hasGrown(one: MemoryTransaction): boolean {
    return one.undo.some(({ store, key, before }) => store.has(key) && !isSmaller(store.get(key), before))
  }

  private end(vault: Vault, one: MemoryTransaction): void {
    if (one.hasEnded) return
    one.hasEnded = true
    vault.live.delete(one)
    for (const next of one.followers) if (--next.waits === 0) next.start()
  }

  private async transact<T>(
    connection: { vault: string; life: number; line: number; isClosed: boolean },
    names: readonly string[],
    mode: MemoryTransaction['mode'],
    work: (tables: never) => Promise<T>,
  ): Promise<T> {
    if (connection.life !== this.life || connection.isClosed) throw OFF()
    // Lost before anything was begun: it is opened again without a word.
    connection.line = this.line
    const id = connection.vault
    const vault = this.vaults.get(id)
    if (!vault) throw new DOMException('the database was deleted', 'InvalidStateError')
    const one = new MemoryTransaction(
      {
        vault: id,
        stores: vault.stores,
        weather: () => this.weather,
        endsIdle: !this.isThin,
        store: (tx) => this.store(id, vault, tx),
      },
      names,
      mode,
    )
    for (const other of vault.live) {
      const isShared = other.names.some((name) => names.includes(name))
      if (!isShared || (other.mode === 'read' && mode === 'read')) continue
      one.waits++
      other.followers.push(one)
    }
    vault.live.add(one)
    if (one.waits === 0) one.start()
    try {
      return await one.run(() => work(tablesOf(one, names) as never))
    } finally {
      this.end(vault, one)
    }
  }

  private connect(vault: string): VaultTables {
    const connection = { vault, life: this.life, line: this.line, isClosed: false }
    let lost: Lost | null = null
    const listeners: ((why: Lost) => void)[] = []
    const lose = (which: string | undefined, why: Lost): void => {
      if (lost || connection.isClosed || (which !== undefined && which !== vault)) return
      lost = why
      connection.isClosed = true
      for (const heard of listeners.splice(0)) heard(why)
    }
    this.losing.add(lose)
    return {
      read: async (names, work) => {
        for (let tries = 0; ; tries++) {
          const { line } = this
          try {
            return await this.transact(connection, names, 'read', work as never)
          } catch (error) {
            if (tries === 2 || this.line === line || connection.life !== this.life) throw error
          }
        }
      },
      write: (names, durability, work) => this.transact(connection, names, durability, work as never),
      reopen: async () => {
        if (connection.life !== this.life || connection.isClosed) throw OFF()
      },
      whenLost: (heard) => void (lost ? heard(lost) : listeners.push(heard)),
      close: () => {
        connection.isClosed = true
        this.losing.delete(lose)
      },
    }
  }
}

function isSmaller(now: Row | undefined, before: Row | undefined): boolean {
  const bytes = (row: Row | undefined) =>
    Object.values(row ?? {}).reduce<number>(
      (sum, one) => sum + (one instanceof Uint8Array ? one.length : 0),
      0,
    )
  return before !== undefined && bytes(now) <= bytes(before)
}
