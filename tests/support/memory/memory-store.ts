import type { Range, Where } from '#phone/database/tables.ts'

export type Key = string | number | readonly (string | number)[]
export type Row = Record<string, unknown>

/** The order of keys in IndexedDB, for keys of one kind: numbers, strings by code unit, arrays part by part. */
export function compare(a: Key, b: Key): number {
  if (Array.isArray(a) && Array.isArray(b)) {
    const at = a.findIndex((one, i) => one !== b[i])
    if (at < 0) return a.length - b.length
    return b[at] === undefined ? 1 : compare(a[at] as Key, b[at] as Key)
  }
  return a < b ? -1 : a > b ? 1 : 0
}

const nameOf = (key: Key): string | number => (typeof key === 'object' ? JSON.stringify(key) : key)

/** A row as structured cloning would give it; its usual fields without that machinery. */
export function cloned(row: Row): Row {
  const copy: Row = { ...row }
  for (const name in copy) {
    const value = copy[name]
    if (typeof value !== 'object' || value === null) continue
    copy[name] = value instanceof Uint8Array ? value.slice() : structuredClone(value)
  }
  return copy
}

/** The same, but boxes are handed over as they are: for whoever never writes into one. */
export function thinlyCloned(row: Row): Row {
  const copy: Row = { ...row }
  for (const name in copy) {
    const value = copy[name]
    if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array))
      copy[name] = structuredClone(value)
  }
  return copy
}

const bytesOf = (row: Row | undefined): number => {
  let bytes = 0
  for (const value of Object.values(row ?? {}))
    bytes += value instanceof Uint8Array ? value.length : typeof value === 'string' ? value.length * 2 : 8
  return bytes
}

/** What was in a place before it was written. */
export interface Undo {
  store: MemoryStore
  key: Key
  before: Row | undefined
}

/** One object store: rows in the order of their primary key, which is one field or several. */
export class MemoryStore {
  /** What its rows take up. */
  bytes = 0
  readonly path: readonly string[]
  private readonly rows = new Map<string | number, Row>()
  private sorted: Key[] | null = []

  readonly copy: (row: Row) => Row

  /** @param shape Dexie's words for the store; indexes need no upkeep here, they are looked through */
  constructor(shape: string, copy: (row: Row) => Row = cloned) {
    const [primary] = shape.split(',')
    this.path = (primary as string).replaceAll(/[[\]]/g, '').split('+')
    this.copy = copy
  }

  keyOf(row: Row): Key {
    const parts = this.path.map((field) => row[field])
    if (parts.some((one) => typeof one !== 'string' && (typeof one !== 'number' || Number.isNaN(one))))
      throw new DOMException('a row without its key', 'DataError')
    return (parts.length === 1 ? parts[0] : parts) as Key
  }

  has = (key: Key): boolean => this.rows.has(nameOf(key))
  get size(): number {
    return this.rows.size
  }

  keys(): readonly Key[] {
    this.sorted ??= [...this.rows.values()].map((row) => this.keyOf(row)).sort(compare)
    return this.sorted
  }

  get(key: Key): Row | undefined {
    const row = this.rows.get(nameOf(key))
    return row && this.copy(row)
  }

  /** The rows themselves, in the order of keys; not to be changed. */
  rowsThemselves(): Row[] {
    return this.keys().map((key) => this.rows.get(nameOf(key)) as Row)
  }

  /** Puts, or removes, and tells how to undo it. */
  set(key: Key, row: Row | undefined): Undo {
    const name = nameOf(key)
    const before = this.rows.get(name)
    this.bytes += bytesOf(row) - bytesOf(before)
    if (row) this.rows.set(name, row)
    else this.rows.delete(name)
    if ((row === undefined) !== (before === undefined) && this.sorted)
      this.sorted.splice(this.placeOf(key), row ? 0 : 1, ...(row ? [key] : []))
    return { store: this, key, before }
  }

  /** Where a key stands, or would stand, in the order of keys. */
  private placeOf(key: Key): number {
    const keys = this.keys()
    let [low, high] = [0, keys.length]
    while (low < high) {
      const mid = (low + high) >> 1
      if (compare(keys[mid] as Key, key) < 0) low = mid + 1
      else high = mid
    }
    return low
  }

  all({ from, to, after, limit }: Range<Key> = {}): Row[] {
    const found: Row[] = []
    const keys = this.keys()
    const first = after ?? from
    for (let at = first === undefined ? 0 : this.placeOf(first); at < keys.length; at++) {
      const key = keys[at] as Key
      if (after !== undefined && compare(key, after) <= 0) continue
      if ((to !== undefined && compare(key, to) > 0) || found.length === limit) break
      found.push(this.get(key) as Row)
    }
    return found
  }

  private matching(index: string, where: Where<Key>): Row[] {
    const wanted = 'anyOf' in where ? new Set<unknown>(where.anyOf) : null
    const is = (value: unknown): boolean => {
      if (value === undefined) return false
      if (wanted) return wanted.has(value)
      return 'is' in where ? value === where.is : compare(value as Key, (where as { below: Key }).below) < 0
    }
    return [...this.rows.values()].filter((row) => is(row[index]))
  }

  by = (index: string, where: Where<Key>): Row[] => this.matching(index, where).map(this.copy)
  countBy = (index: string, where: Where<Key>): number => this.matching(index, where).length
  distinct(index: string): Key[] {
    const values = new Set([...this.rows.values()].map((row) => row[index]))
    return [...values].filter((one): one is Key => one !== undefined).sort(compare)
  }
}
