/** The browser's own best at the same work: bare IndexedDB and bare fetch. */

interface Bare {
  id: string
  village: string
  stage: string
  at: number
  text: string
}

const NAME = 'floor'

function opened(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const open = indexedDB.open(NAME, 1)
    open.onupgradeneeded = () => {
      const rec = open.result.createObjectStore('rec', { keyPath: 'id' })
      rec.createIndex('newest', ['village', 'stage', 'at'])
      open.result.createObjectStore('out', { keyPath: 'n' })
    }
    open.addEventListener('success', () => resolve(open.result))
    open.addEventListener('error', () => reject(open.error))
  })
}

const complete = (transaction: IDBTransaction): Promise<void> =>
  new Promise((resolve, reject) => {
    transaction.addEventListener('complete', () => resolve())
    transaction.addEventListener('abort', () => reject(transaction.error))
  })

const answer = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error))
  })

/** Begins with an empty store. */
export async function emptyFloor(): Promise<void> {
  await answer(indexedDB.deleteDatabase(NAME))
}

/** A record and its outbox entry in one strict transaction each, one after the other. @returns ms of each */
export async function floorSaves(bodies: readonly object[]): Promise<number[]> {
  const db = await opened()
  const took: number[] = []
  for (const [n, body] of bodies.entries()) {
    const began = performance.now()
    const transaction = db.transaction(['rec', 'out'], 'readwrite', { durability: 'strict' })
    transaction.objectStore('rec').put({ id: `${n}`.padStart(12, '0'), ...body })
    transaction.objectStore('out').put({ n, ...body })
    await complete(transaction)
    took.push(performance.now() - began)
  }
  db.close()
  return took
}

/** One POST of everything. @returns ms */
export async function floorPush(url: string, body: string): Promise<number> {
  const began = performance.now()
  const response = await fetch(url, { method: 'POST', body, headers: { 'content-type': 'text/plain' } })
  await response.text()
  return performance.now() - began
}

/** Downloads lines of records and puts them, 500 to a relaxed transaction. @returns ms until the newest can be asked for */
export async function floorPull(url: string): Promise<number> {
  const began = performance.now()
  const db = await opened()
  const lines = (await (await fetch(url, { cache: 'no-store' })).text()).trimEnd().split('\n')
  for (let from = 0; from < lines.length; from += 500) {
    const transaction = db.transaction('rec', 'readwrite', { durability: 'relaxed' })
    const store = transaction.objectStore('rec')
    for (const line of lines.slice(from, from + 500)) store.put(JSON.parse(line))
    await complete(transaction)
  }
  await newest(db, 1)
  db.close()
  return performance.now() - began
}

async function newest(db: IDBDatabase, count: number): Promise<Bare[]> {
  const store = db.transaction('rec').objectStore('rec')
  return answer(store.index('newest').getAll(null, count) as IDBRequest<Bare[]>)
}

/** Opens the store and asks for the newest so many. @returns ms */
export async function floorRestart(count: number): Promise<number> {
  const began = performance.now()
  const db = await opened()
  await newest(db, count)
  const took = performance.now() - began
  db.close()
  return took
}

/** Asks for the newest so many of a village and stage, again and again. @returns ms of each */
export async function floorQueries(village: string, count: number, times: number): Promise<number[]> {
  const db = await opened()
  const took: number[] = []
  for (let i = 0; i < times; i++) {
    const began = performance.now()
    const index = db.transaction('rec').objectStore('rec').index('newest')
    const range = IDBKeyRange.bound([village, 'open', 0], [village, 'open', Number.MAX_SAFE_INTEGER])
    await answer(index.getAll(range, count))
    took.push(performance.now() - began)
  }
  db.close()
  return took
}
