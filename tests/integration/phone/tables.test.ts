import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { describe, expect, it } from 'vitest'
import { databaseStorage } from '#phone/database/dexie-tables.ts'
import type { DeadRow, OutRow, RecRow } from '#phone/database/rows.ts'
import type { VaultStorage } from '#phone/database/tables.ts'
import { MemoryStorage } from '#tests/support/memory-tables.ts'

const noTimer = () => () => undefined
const VAULT = '0'.repeat(32)

const PLACES: readonly [string, () => VaultStorage][] = [
  ['Dexie', () => databaseStorage({ indexedDB: new IDBFactory(), keyRange: IDBKeyRange }, noTimer)],
  ['memory', () => new MemoryStorage()],
]

const box = (byte: number) => new Uint8Array([byte])
const rec = (id: string, rv = 1): RecRow => ({
  id,
  kind: 'dispute',
  village: '999901001001',
  pending: 0,
  rv,
  box: box(rv),
})
const out = (n: number, key = 'dispute/a', more: Partial<OutRow> = {}): OutRow => ({
  n,
  i: `op${n}`,
  key,
  state: 'ready',
  box: box(n),
  ...more,
})
const ns = (rows: readonly { n: number }[]) => rows.map((one) => one.n)
const pause = () => new Promise((go) => setTimeout(go, 5))

describe.each(PLACES)('the tables of a vault in %s', (_name, make) => {
  const open = () => make().openTables(VAULT)

  it('give back what was put, in the order of keys', async () => {
    const tables = await open()
    await tables.write(['rec', 'out'], 'strict', async (all) => {
      await all.rec.putMany([rec('b'), rec('a', 7)])
      await all.out.putMany([out(10), out(9), out(100)])
    })
    const [one, none, many, everything] = await tables.read(['rec', 'out'], (all) =>
      Promise.all([all.rec.get('a'), all.rec.get('x'), all.rec.getMany(['b', 'x', 'a']), all.out.all()]),
    )
    expect(one).toEqual(rec('a', 7))
    expect(none).toBeUndefined()
    expect(many.map((row) => row?.id)).toEqual(['b', undefined, 'a'])
    expect(ns(everything)).toEqual([9, 10, 100])
  })

  it('[I-3] remove what was named and nothing between, together or apart, twice named or never there', async () => {
    const tables = await open()
    const left = await tables.write(['out', 'chunk'], 'strict', async (all) => {
      await all.out.putMany([1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => out(n)))
      await all.chunk.putMany([0, 1, 2].map((at) => ({ blob: 'x', at, box: box(1) }) as never))
      await all.out.deleteMany([])
      await all.out.deleteMany([7, 3, 2, 3, 42, 5])
      await all.chunk.deleteMany([
        ['x', 0],
        ['x', 2],
      ] as never)
      return [ns(await all.out.all()), (await all.chunk.all()).map((one) => one.at)]
    })
    expect(left).toEqual([[1, 4, 6, 8, 9], [1]])
  })

  it('give by an index what carries one of many values, whether it lies together or far apart', async () => {
    const tables = await open()
    const key = (i: number) => `dispute/${String(i).padStart(4, '0')}`
    await tables.write(['out'], 'strict', async (all) => {
      await all.out.putMany(Array.from({ length: 300 }, (_, i) => out(i + 1, key(Math.floor(i / 2)))))
    })
    const numbersOf = (wanted: readonly number[]) =>
      tables.read(['out'], async (all) =>
        ns(await all.out.by('key', { anyOf: wanted.map(key) })).toSorted((a, b) => a - b),
      )
    const both = (i: number) => [2 * i + 1, 2 * i + 2]
    const together = [20, 21, 22, 23, 24, 25, 27, 9999]
    expect(await numbersOf(together)).toEqual(together.slice(0, -1).flatMap(both))
    const apart = [0, 15, 40, 77, 120, 149]
    expect(await numbersOf(apart)).toEqual(apart.flatMap(both))
    expect(await numbersOf([500, 501, 502, 503, 504, 505])).toEqual([])
  })

  it('give ranges of keys, and as many as asked for', async () => {
    const tables = await open()
    await tables.write(['out', 'rec', 'chunk'], 'relaxed', async (all) => {
      await all.out.putMany([1, 2, 3, 4, 5].map((n) => out(n)))
      await all.rec.putMany(['a', 'b', 'c'].map((id) => rec(id)))
      await all.chunk.putMany(
        [
          ['y', 0],
          ['x', 10],
          ['x', 2],
        ].map(([blob, at]) => ({ blob, at, box: box(1) }) as never),
      )
    })
    const found = await tables.read(['out', 'rec', 'chunk'], async (all) => ({
      after: ns(await all.out.all({ after: 2, limit: 2 })),
      some: ns(await all.out.all({ from: 2, to: 3 })),
      upTo: ns(await all.out.all({ to: 2 })),
      first: ns(await all.out.all({ limit: 1 })),
      ids: await all.rec.keys(),
      count: await all.rec.count(),
      pieces: (await all.chunk.all({ from: ['x', 0], to: ['x', Infinity] })).map((one) => one.at),
      keys: await all.chunk.keys(),
    }))
    expect(found).toEqual({
      after: [3, 4],
      some: [2, 3],
      upTo: [1, 2],
      first: [1],
      ids: ['a', 'b', 'c'],
      count: 3,
      pieces: [2, 10],
      keys: [
        ['x', 2],
        ['x', 10],
        ['y', 0],
      ],
    })
  })

  it('find by an index, in which a row without the field is not', async () => {
    const tables = await open()
    const rows = [out(1, 'k/a'), out(2, 'k/b', { first: 1 }), out(3, 'k/a'), out(4, 'k/c')]
    const many = ['k/a', 'k/c', ...Array.from({ length: 20 }, (_, at) => `k/${at}`)]
    await tables.write(['out', 'ring'], 'strict', async (all) => {
      await all.out.putMany(rows)
      await all.ring.putMany([5, 6, 7].map((n) => ({ n, i: `op${n}`, ackedAt: n * 10, box: box(n) })))
    })
    const found = await tables.read(['out', 'ring'], async (all) => ({
      is: ns(await all.out.by('key', { is: 'k/a' })).sort(),
      few: ns(await all.out.by('key', { anyOf: ['k/b', 'k/c'] })).sort(),
      many: ns(await all.out.by('key', { anyOf: many })).sort(),
      none: await all.out.by('key', { anyOf: [] }),
      first: ns(await all.out.by('first', { is: 1 })),
      old: ns(await all.ring.by('ackedAt', { below: 70 })).sort(),
      again: await all.ring.by('again', { is: 1 }),
      counted: await all.out.countBy('key', { is: 'k/a' }),
      keys: await all.out.distinct('key'),
    }))
    expect(found).toEqual({
      is: [1, 3],
      few: [2, 4],
      many: [1, 3, 4],
      none: [],
      first: [2],
      old: [5, 6],
      again: [],
      counted: 2,
      keys: ['k/a', 'k/b', 'k/c'],
    })
  })

  it('hold copies: neither what was put nor what was got changes them', async () => {
    const tables = await open()
    const row = rec('a')
    await tables.write(['rec'], 'strict', async (all) => {
      const put = all.rec.put(row)
      row.rv = 99
      row.box[0] = 99
      await put
    })
    const got = await tables.read(['rec'], (all) => all.rec.get('a'))
    expect(got).toEqual(rec('a'))
    ;(got as RecRow).box[0] = 98
    expect(await tables.read(['rec'], (all) => all.rec.get('a'))).toEqual(rec('a'))
  })

  it('show a transaction its own writing, and undo the whole when it throws', async () => {
    const tables = await open()
    await tables.write(['rec'], 'strict', (all) => all.rec.put(rec('a')))
    const failing = tables.write(['rec', 'out'], 'strict', async (all) => {
      await all.rec.put(rec('a', 5))
      await all.out.put(out(1))
      expect((await all.rec.get('a'))?.rv).toBe(5)
      throw new Error('changed my mind')
    })
    await expect(failing).rejects.toThrow('changed my mind')
    const [row, count] = await tables.read(['rec', 'out'], (all) =>
      Promise.all([all.rec.get('a'), all.out.count()]),
    )
    expect([row?.rv, count]).toEqual([1, 0])
  })

  it('undo the whole when a key is taken, also when nobody waited for that', async () => {
    const tables = await open()
    await tables.write(['out'], 'strict', (all) => all.out.addMany([out(1)]))
    const failing = tables.write(['rec', 'out'], 'strict', async (all) => {
      void all.rec.put(rec('a'))
      void all.out.addMany([out(2), out(1, 'dispute/other')])
    })
    await expect(failing).rejects.toMatchObject({ name: 'ConstraintError' })
    const [recs, outs] = await tables.read(['rec', 'out'], (all) =>
      Promise.all([all.rec.count(), all.out.all()]),
    )
    expect([recs, outs]).toEqual([0, [out(1)]])
  })

  it('run one after the other in the order of asking when they share a store', async () => {
    const tables = await open()
    const order: string[] = []
    const raise = (name: string) =>
      tables.write(['rec', 'meta'], 'strict', async (all) => {
        const before = (await all.meta.get('n'))?.value ?? 0
        order.push(`${name} read ${before}`)
        await all.rec.get('x')
        await all.meta.put({ name: 'n', value: before + 1 })
      })
    const [, , seen] = await Promise.all([
      raise('a'),
      raise('b'),
      tables.read(['meta', 'out'], (all) => all.meta.get('n')),
      raise('c'),
    ])
    expect(order).toEqual(['a read 0', 'b read 1', 'c read 2'])
    expect(seen?.value).toBe(2)
  })

  it('share what two tabs write, each whole', async () => {
    const storage = make()
    const [a, b] = [await storage.openTables(VAULT), await storage.openTables(VAULT)]
    const add = (tables: typeof a) =>
      tables.write(['meta'], 'strict', async (all) => {
        const value = ((await all.meta.get('n'))?.value ?? 0) + 1
        await all.meta.put({ name: 'n', value })
      })
    await Promise.all(Array.from({ length: 20 }, (_, at) => add(at % 2 ? a : b)))
    expect((await a.read(['meta'], (all) => all.meta.get('n')))?.value).toBe(20)
  })

  it('remove what they are told to, and nothing else', async () => {
    const tables = await open()
    const dead = (n: number): DeadRow => ({ n, i: `op${n}`, key: 'k/a', box: box(n) })
    await tables.write(['dead'], 'strict', (all) => all.dead.putMany([1, 2, 3].map(dead)))
    await tables.write(['dead'], 'strict', (all) => all.dead.deleteMany([2, 9]))
    expect(ns(await tables.read(['dead'], (all) => all.dead.all()))).toEqual([1, 3])
  })

  it('refuse a transaction in which something else was awaited', async () => {
    const tables = await open()
    const late = tables.write(['rec'], 'strict', async (all) => {
      await all.rec.get('a')
      await pause()
      await all.rec.put(rec('b'))
    })
    await expect(late).rejects.toBeInstanceOf(Error)
    expect(await tables.read(['rec'], (all) => all.rec.get('b'))).toBeUndefined()
  })

  it('keep a key that cannot be read', async () => {
    const tables = await open()
    const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
      'encrypt',
      'decrypt',
    ])
    await tables.write(['key'], 'strict', (all) => all.key.put({ name: 'vault', key }))
    const got = await tables.read(['key'], (all) => all.key.get('vault'))
    expect(got?.key?.extractable).toBe(false)
  })

  it('are found again, looked into without being made, and listed', async () => {
    const storage = make()
    expect(await storage.peekTables(VAULT)).toBeNull()
    expect(await storage.listVaults()).toEqual([])
    const tables = await storage.openTables(VAULT)
    await tables.write(['rec'], 'strict', (all) => all.rec.put(rec('a')))
    await tables.write(['meta'], 'strict', (all) => all.meta.put({ name: 'n', value: 3 }))
    tables.close()
    expect(await storage.listVaults()).toEqual([VAULT])
    const look = await storage.peekTables(VAULT)
    expect((await look?.read(['meta'], (all) => all.meta.get('n')))?.value).toBe(3)
    look?.close()
    const again = await storage.openTables(VAULT)
    expect(await again.read(['rec'], (all) => all.rec.keys())).toEqual(['a'])
  })

  it('stay closed once closed', async () => {
    const tables = await open()
    tables.close()
    await expect(tables.read(['rec'], (all) => all.rec.count())).rejects.toBeInstanceOf(DOMException)
    await expect(tables.write(['rec'], 'strict', (all) => all.rec.put(rec('a')))).rejects.toBeInstanceOf(
      DOMException,
    )
  })
})
