/** A phone's whole database as JSON: its shape and every row. Bytes are base64, the key is in it because the fixture must open. */
export interface PhoneDump {
  name: string
  version: number
  stores: StoreDump[]
}
interface StoreDump {
  name: string
  keyPath: string | string[] | null
  indexes: { name: string; keyPath: string | string[]; unique: boolean; multiEntry: boolean }[]
  rows: unknown[]
}

const done = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error ?? new Error('no answer')))
  })

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

async function written(value: unknown): Promise<unknown> {
  if (value instanceof CryptoKey)
    return { $key: base64(new Uint8Array(await crypto.subtle.exportKey('raw', value))) }
  if (value instanceof Uint8Array) return { $bytes: base64(value) }
  if (Array.isArray(value)) return Promise.all(value.map(written))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    await Promise.all(Object.entries(value).map(async ([key, one]) => [key, await written(one)] as const)),
  )
}

async function read(value: unknown): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map(read))
  if (typeof value !== 'object' || value === null) return value
  const { $key, $bytes } = value as { $key?: string; $bytes?: string }
  if ($bytes !== undefined) return new Uint8Array(Buffer.from($bytes, 'base64'))
  if ($key !== undefined)
    return crypto.subtle.importKey('raw', Buffer.from($key, 'base64'), 'AES-GCM', false, [
      'encrypt',
      'decrypt',
    ])
  return Object.fromEntries(
    await Promise.all(Object.entries(value).map(async ([key, one]) => [key, await read(one)] as const)),
  )
}

/** The same as `crypto`, but its keys can be exported: only a fixture is recorded with it. */
export const exportableCrypto = (): Crypto => {
  const generateKey = (algorithm: AesKeyGenParams, _extractable: boolean, usages: KeyUsage[]) =>
    crypto.subtle.generateKey(algorithm, true, usages)
  const subtle = new Proxy(crypto.subtle, {
    get: (target, name) => {
      if (name === 'generateKey') return generateKey
      const own: unknown = Reflect.get(target, name, target)
      return typeof own === 'function' ? own.bind(target) : own
    },
  })
  return {
    subtle,
    getRandomValues: crypto.getRandomValues.bind(crypto),
    randomUUID: crypto.randomUUID.bind(crypto),
  } as Crypto
}

/** Reads a database that is there. */
export async function dumpPhone(factory: IDBFactory, name: string): Promise<PhoneDump> {
  const db = await done(factory.open(name))
  const transaction = db.transaction([...db.objectStoreNames], 'readonly')
  const raw = await Promise.all(
    [...db.objectStoreNames].map(async (store) => {
      const from = transaction.objectStore(store)
      const indexes = [...from.indexNames].map((one) => from.index(one))
      return {
        name: store,
        keyPath: from.keyPath,
        indexes: indexes.map(({ name: index, keyPath, unique, multiEntry }) => ({
          name: index,
          keyPath,
          unique,
          multiEntry,
        })),
        rows: await done(from.getAll()),
      }
    }),
  )
  db.close()
  const stores = await Promise.all(
    raw.map(async (store): Promise<StoreDump> => ({
      ...store,
      rows: (await written(store.rows)) as unknown[],
    })),
  )
  return { name, version: db.version, stores }
}

/** Makes the database again exactly as it was dumped, whatever today's build would make of it. */
export async function restorePhone(factory: IDBFactory, dump: PhoneDump): Promise<void> {
  const rows = await Promise.all(dump.stores.map(async (store) => (await read(store.rows)) as unknown[]))
  const request = factory.open(dump.name, dump.version)
  request.addEventListener('upgradeneeded', () => {
    for (const { name, keyPath, indexes } of dump.stores) {
      const store = request.result.createObjectStore(name, { keyPath })
      for (const index of indexes)
        store.createIndex(index.name, index.keyPath, { unique: index.unique, multiEntry: index.multiEntry })
    }
  })
  const db = await done(request)
  const names = dump.stores.map((one) => one.name)
  const transaction = db.transaction(names, 'readwrite')
  const puts = dump.stores.flatMap((store, i) =>
    (rows[i] as unknown[]).map((row) => done(transaction.objectStore(store.name).put(row))),
  )
  await Promise.all(puts)
  db.close()
}
