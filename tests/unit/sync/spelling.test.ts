import { createHash } from 'node:crypto'
import { crc32 as zlibCrc } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashToBigint, recordHash } from '#sync/digest.ts'
import { canonical } from '#sync/protocol/canonical.ts'
import { crc32, crcText } from '#sync/protocol/crc.ts'
import { batchHash, firstMadeAs, madeAs, opHash } from '#sync/protocol/op-hash.ts'
import type { Op } from '#sync/protocol/op.ts'
import { makeOp } from '#tests/support/make-op.ts'

const encode = (text: string) => new TextEncoder().encode(text)
const sha256 = async (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest())
const hashOf = (op: Op) => opHash(op, sha256, encode)

/** The same value with the keys of every object turned round. */
const reversed = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(reversed)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([key, one]) => [key, reversed(one)]),
        )
      : value

describe('one spelling for one value', () => {
  it('[I-7] whatever the order of keys', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => canonical(reversed(value)) === canonical(value)))
  })

  it('[I-7] that says the same as JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonical(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  it('[I-7] in which nothing is left unsaid', () => {
    expect(canonical({ b: 1, a: undefined, c: [undefined, '明白'] })).toBe('{"b":1,"c":[null,"明白"]}')
    for (const wrong of [Number.NaN, Infinity, () => 1, Symbol('a'), 1n])
      expect(() => canonical({ wrong })).toThrow(TypeError)
  })
})

describe('the fingerprint of an op', () => {
  it('[I-7] is SHA-256 of its spelling', async () => {
    const op = makeOp()
    expect(await hashOf(op)).toBe(createHash('sha256').update(canonical(op)).digest('hex'))
    expect(await hashOf(reversed(op) as Op)).toBe(await hashOf(op))
  })

  it('[I-7] is another for any change of the op', async () => {
    const changes: Partial<Op>[] = [
      { n: 2 },
      { k: 'patch' },
      { v: 2 },
      { b: 1 },
      { a: {} },
      { r: '999901101202' },
      { d: [1] },
      { t: [1, 1, 1] },
      { as: [2, 1] },
      { s: [2, 1] },
    ]
    const hashes = await Promise.all([{}, ...changes].map((one) => hashOf(makeOp(one))))
    expect(new Set(hashes).size).toBe(changes.length + 1)
  })

  it('[I-7] is the same for an op that comes again under another number, from a backup or a phone enrolled anew', async () => {
    const made = makeOp({ n: 41, d: [40] })
    const taken = { ...made, n: 3, as: [7, 41] as [number, number] }
    expect(firstMadeAs(made)).toBe(made)
    expect(firstMadeAs(taken)).toEqual(made)
    expect(await hashOf(firstMadeAs(taken))).toBe(await hashOf(made))
    expect([madeAs(made, 9), madeAs(taken, 9)]).toEqual([
      [9, 41],
      [7, 41],
    ])
  })

  it('of a batch depends on every op and their order', async () => {
    const hashes = ['a'.repeat(64), 'b'.repeat(64)]
    const straight = await batchHash(hashes, sha256, encode)
    expect(straight).not.toBe(await batchHash([...hashes].reverse(), sha256, encode))
    expect(straight).not.toBe(await batchHash(hashes.slice(1), sha256, encode))
  })
})

describe('the checksum of an answer', () => {
  it('is the one zlib makes, in one piece or in two', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (bytes, cut) => {
        expect(crc32(bytes)).toBe(zlibCrc(bytes))
        expect(crc32(bytes.slice(cut), crc32(bytes.slice(0, cut)))).toBe(zlibCrc(bytes))
      }),
    )
  })

  it('is written with eight digits', () => {
    expect(crcText(0x1f)).toBe('0000001f')
    expect(crcText(crc32(encode('123456789')))).toBe('cbf43926')
  })
})

describe('the hash of a record’s version', () => {
  it('fits a database’s 64-bit integer', () => {
    fc.assert(
      fc.property(fc.string(), fc.uuid(), fc.nat(), (kind, id, rv) => {
        const hash = BigInt(hashToBigint(recordHash(kind, id, rv)))
        return hash >= -(2n ** 63n) && hash < 2n ** 63n
      }),
    )
  })

  it('tells ten thousand versions apart', () => {
    const hashes = Array.from({ length: 10_000 }, (_, rv) =>
      hashToBigint(recordHash('dispute', makeOp().e[1], rv)),
    )
    expect(new Set(hashes).size).toBe(hashes.length)
  })
})
