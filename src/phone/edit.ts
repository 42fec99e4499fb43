import type { Id } from '#domain/id.ts'
import type { Body, Kind } from '#domain/record/kind.ts'
import type { RegionCode } from '#domain/region/code.ts'

/** A value that changes by itself; `get` is undefined until the first reading. Reading never waits for the network. */
export interface Live<T> {
  get(): T | undefined
  /** Calls back now if there is a value, and again after every change; returns how to stop. */
  subscribe(listener: (value: T) => void): () => void
}

/** One change as a screen asks for it; numbers, times and the device are filled in while saving. */
export interface Edit {
  op: string
  kind: Kind
  id: Id
  region: RegionCode
  args: Body
}

/** The whole edit was not saved; what was typed is still on the screen. */
export type SaveRefusal = 'storage-full' | 'storage-broken' | 'not-entered' | 'malformed' | string

export interface Saved {
  /** Keys of the records touched. */
  keys: string[]
  /** Read back from the database after its transaction had completed. */
  at: number
}
