import {
  IDBDatabase as FDBDatabase,
  IDBIndex as FDBIndex,
  IDBObjectStore as FDBObjectStore,
} from 'fake-indexeddb'

type Method = (...args: unknown[]) => unknown
type Proto = Record<string, Method>

const REQUESTS: readonly [Proto, readonly string[]][] = [
  [
    FDBObjectStore.prototype as unknown as Proto,
    ['put', 'add', 'get', 'getAll', 'delete', 'count', 'openCursor', 'openKeyCursor', 'getAllKeys'],
  ],
  [
    FDBIndex.prototype as unknown as Proto,
    ['get', 'getAll', 'count', 'openCursor', 'openKeyCursor', 'getAllKeys'],
  ],
]

/** The battery of a phone: cut at the k-th thing it waits for; nothing after that happens, and what was open is rolled back. */
export interface Power {
  /** Times something was waited for since `arm`. */
  steps: number
  /** Whether the cut came. */
  isOff: boolean
  arm(at: number): void
  on(): void
  restore(): void
  crypto: Crypto
}

/** Puts a battery under fake-indexeddb and WebCrypto. */
export function powerUnder(): Power {
  const live = new Set<{ abort(): void }>()
  const undo: (() => void)[] = []
  let cutAt = Infinity
  const power: Power = {
    steps: 0,
    isOff: false,
    arm(at) {
      power.steps = 0
      cutAt = at
    },
    on() {
      power.isOff = false
      cutAt = Infinity
    },
    restore: () => undo.forEach((one) => one()),
    crypto: null as unknown as Crypto,
  }
  const step = () => {
    if (!power.isOff && ++power.steps === cutAt) {
      power.isOff = true
      for (const one of live) {
        try {
          one.abort()
        } catch {
          // It had already ended.
        }
      }
    }
    if (power.isOff) throw new DOMException('the phone is off', 'UnknownError')
  }
  const patch = (proto: Proto, name: string, make: (original: Method) => Method) => {
    const original = proto[name] as Method
    proto[name] = make(original)
    undo.push(() => void (proto[name] = original))
  }
  for (const [proto, names] of REQUESTS)
    for (const name of names)
      patch(
        proto,
        name,
        (original) =>
          function (this: unknown, ...args: unknown[]) {
            step()
            return original.apply(this, args)
          },
      )
  patch(
    FDBDatabase.prototype as unknown as Proto,
    'transaction',
    (original) =>
      function (this: unknown, ...args: unknown[]) {
        step()
        const transaction = original.apply(this, args) as { abort(): void }
        live.add(transaction)
        return transaction
      },
  )
  const subtle = new Proxy(crypto.subtle, {
    get(target, name) {
      const member = Reflect.get(target, name) as Method
      return async (...args: unknown[]) => {
        step()
        const result = await member.apply(target, args)
        step()
        return result
      }
    },
  })
  power.crypto = {
    subtle,
    getRandomValues: crypto.getRandomValues.bind(crypto),
    randomUUID: crypto.randomUUID.bind(crypto),
  } as Crypto
  return power
}
