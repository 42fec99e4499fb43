import type { Live } from './api.ts'

/** A live value that can be set. Listeners hear of every `set`. */
export interface Cell<T> extends Live<T> {
  set(value: T): void
  /** Whether anybody listens. */
  watched(): boolean
}

/**
 * A live value.
 * @param onWatch called when the first listener comes; returns what to do when the last one leaves
 */
export function cell<T>(onWatch?: () => () => void): Cell<T> {
  const listeners = new Set<(value: T) => void>()
  let value: T | undefined
  let known = false
  let unwatch: (() => void) | undefined
  return {
    get: () => value,
    set(next) {
      value = next
      known = true
      for (const listener of Array.from(listeners)) listener(next)
    },
    watched: () => listeners.size > 0,
    subscribe(listener) {
      listeners.add(listener)
      if (known) listener(value as T)
      if (listeners.size === 1) unwatch = onWatch?.()
      return () => {
        if (!listeners.delete(listener) || listeners.size > 0) return
        unwatch?.()
        unwatch = undefined
      }
    },
  }
}
