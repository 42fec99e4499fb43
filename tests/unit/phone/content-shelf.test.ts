import { createHash } from 'node:crypto'
import { IDBFactory } from 'fake-indexeddb'
import { describe, expect, it } from 'vitest'
import { createContentShelf } from '#phone/content-shelf.ts'
import { when } from '#tests/support/phone-world.ts'

const packText = (version: string): string =>
  JSON.stringify({
    format: 1,
    stage: 'demo',
    version,
    hash: 'a'.repeat(64),
    items: [],
    calendar: { place: '示例县', seasons: [], campaigns: [] },
    laws: [],
    note: '水'.repeat(60_000),
  })

interface Shop {
  text: string
  /** Break the line after so many bytes. */
  breakAt: number | null
  sha256?: string
  ranges: (string | null)[]
}

/** A server that hands out one pack, whole or from a place on. */
const fetchFrom = (shop: Shop) => async (url: string, init: RequestInit) => {
  const bytes = new TextEncoder().encode(shop.text)
  if (url.endsWith('index.json')) {
    const sha256 = shop.sha256 ?? createHash('sha256').update(bytes).digest('hex')
    const index = {
      format: 1,
      version: '2026-11-01',
      pack: `pack-${'0'.repeat(16)}.json`,
      hash: 'a'.repeat(64),
      sha256,
      bytes: bytes.length,
    }
    return new Response(JSON.stringify(index))
  }
  const range = new Headers(init.headers).get('range')
  shop.ranges.push(range)
  const from = range ? Number(/\d+/.exec(range)?.[0]) : 0
  const end = shop.breakAt ?? bytes.length
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (bytes.length > end) controller.error(new TypeError('network'))
        else controller.close()
      },
      start: (controller) => controller.enqueue(bytes.slice(from, end)),
    },
    { highWaterMark: 0 },
  )
  return new Response(body, { status: range ? 206 : 200 })
}

const ports = (shop: Shop, indexedDB = new IDBFactory()) => ({
  indexedDB,
  subtle: crypto.subtle,
  fits: async () => true,
  fetch: fetchFrom(shop),
})

describe('the shelf of legal content', () => {
  it('brings a pack once, and has it without a network ever after', async () => {
    const shop: Shop = { text: packText('2026-11-01'), breakAt: null, ranges: [] }
    const all = ports(shop)
    const shelf = createContentShelf(all)
    expect(shelf.content.get()).toBeUndefined()
    expect(await shelf.look()).toBe('new')
    expect(await shelf.look()).toBe('same')
    expect(shop.ranges).toHaveLength(1)
    shelf.close()
    const offline = createContentShelf({ ...all, fetch: () => Promise.reject(new TypeError('network')) })
    expect((await when(offline.content, () => true)).version).toBe('2026-11-01')
    expect(await offline.look()).toBe('offline')
  })

  it('[L-43] goes on where a broken download stopped, and the old pack is there until the new one is whole', async () => {
    const shop: Shop = { text: packText('2026-10-01'), breakAt: null, ranges: [] }
    const shelf = createContentShelf(ports(shop))
    expect(await shelf.look()).toBe('new')
    Object.assign(shop, { text: packText('2026-11-01'), breakAt: 100_000, ranges: [] })
    expect(await shelf.look()).toBe('offline')
    expect(shelf.content.get()?.version).toBe('2026-10-01')
    shop.breakAt = null
    expect(await shelf.look()).toBe('new')
    expect(shop.ranges).toEqual([null, 'bytes=100000-'])
    expect(shelf.content.get()?.version).toBe('2026-11-01')
  })

  it('[L-43] keeps the old pack when the new one is not what its hash says, and takes it whole the next time', async () => {
    const shop: Shop = { text: packText('2026-11-01'), breakAt: null, ranges: [] }
    const shelf = createContentShelf(ports(shop))
    await shelf.look()
    shop.text = packText('2026-12-01')
    shop.sha256 = 'b'.repeat(64)
    expect(await shelf.look()).toBe('damaged')
    expect(shelf.content.get()?.version).toBe('2026-11-01')
    delete shop.sha256
    expect(await shelf.look()).toBe('new')
    expect(shelf.content.get()?.version).toBe('2026-12-01')
  })
})
