import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** By a name that the compiler does not follow: a worker's types are not those of a page. */
const WORKER: string = '#worker/service-worker.ts'

type Heard = (event: unknown) => void

/** What a worker's file finds around it; only what it registers is looked at. */
const heard = new Map<string, Heard[]>()
let skipped = 0
const scope = {
  __WB_DISABLE_DEV_LOGS: true,
  __WB_MANIFEST: [
    { url: '/index.html', revision: '1' },
    { url: '/repair.html', revision: '1' },
    '/assets/app.js',
  ],
  addEventListener: (name: string, listener: Heard) =>
    void heard.set(name, [...(heard.get(name) ?? []), listener]),
  location: { origin: 'https://mingbai.example', href: 'https://mingbai.example/service-worker.js' },
  registration: { scope: 'https://mingbai.example/' },
  clients: { claim: async () => undefined },
  skipWaiting: async () => {
    skipped++
  },
}
const before = new Map<string, unknown>()

beforeAll(async () => {
  const globals = globalThis as Record<string, unknown>
  for (const [name, value] of Object.entries({
    self: scope,
    location: scope.location,
    registration: scope.registration,
    __APP_VERSION__: '0.1.0',
  })) {
    before.set(name, globals[name])
    globals[name] = value
  }
  await import(WORKER)
})
afterAll(() => {
  for (const [name, value] of before) (globalThis as Record<string, unknown>)[name] = value
})

/** Whether anybody answers a request in place of the network. */
function isAnswered(path: string, init: { method?: string; mode?: string } = {}): boolean {
  let answered = false
  const request = new Request(`https://mingbai.example${path}`, { method: init.method ?? 'GET' })
  Object.defineProperty(request, 'mode', { value: init.mode ?? 'cors' })
  const event = {
    request,
    waitUntil: () => undefined,
    respondWith(answer: Promise<unknown>) {
      answered = true
      // There is no cache here to answer from.
      answer.catch(() => undefined)
    },
  }
  for (const listener of heard.get('fetch') ?? []) listener(event)
  return answered
}

describe('the worker', () => {
  it('answers for the app’s own files and pages, so that it opens without a network', () => {
    expect(isAnswered('/assets/app.js')).toBe(true)
    expect(isAnswered('/app/today', { mode: 'navigate' })).toBe(true)
  })

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'])(
    '[L-17] leaves a %s alone, wherever it goes',
    (method) => {
      for (const path of [
        '/api/sync/v1/exchange',
        '/assets/app.js',
        '/index.html',
        '/app/today',
        '/api/files/1',
      ])
        expect(isAnswered(path, { method })).toBe(false)
    },
  )

  it('[L-17] leaves what goes to the server alone, readings included', () => {
    for (const path of ['/api/sync/v1/head?c=999901', '/api/me', '/', '/s/abc', '/c/topic'])
      expect(isAnswered(path, { mode: path.startsWith('/api') ? 'cors' : 'navigate' })).toBe(false)
  })

  it('[L-33] [TR-34] waits when it is new, and takes over only when the page says so', () => {
    const waited: Promise<unknown>[] = []
    const event = { waitUntil: (work: Promise<unknown>) => void waited.push(work.catch(() => undefined)) }
    for (const name of ['install', 'activate']) for (const listener of heard.get(name) ?? []) listener(event)
    for (const data of ['', null, { type: 'OTHER' }, 'install'])
      for (const listener of heard.get('message') ?? []) listener({ ...event, data })
    expect(skipped).toBe(0)
    for (const listener of heard.get('message') ?? []) listener({ ...event, data: { type: 'SKIP_WAITING' } })
    expect(skipped).toBe(1)
  })

  it('hands in only when it is called by our own name', () => {
    const waited: Promise<unknown>[] = []
    for (const tag of ['workbox-background-sync:queue', 'mb-hand-in:../elsewhere', ''])
      for (const listener of heard.get('sync') ?? [])
        listener({ tag, waitUntil: (work: Promise<unknown>) => void waited.push(work) })
    expect(heard.get('sync')).toHaveLength(1)
    expect(waited).toEqual([])
  })
})
