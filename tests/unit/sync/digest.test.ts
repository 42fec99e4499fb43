import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addRecord,
  bigintToHex,
  differing,
  hashFromHex,
  hashToBigint,
  hashToHex,
  planRepair,
  recordHash,
  sumsOf,
  type Listed,
  type Sums,
} from '#sync/digest.ts'
import type { DigestLine } from '#sync/protocol/wire.ts'

const VILLAGES = ['999901101001', '999901101002', '999901102001']
const record = fc.record({
  kind: fc.constantFrom('dispute', 'outreach', 'lead'),
  id: fc.uuid({ version: 7 }),
  rv: fc.integer({ min: 1, max: 1_000_000 }),
  village: fc.constantFrom(...VILLAGES),
  lane: fc.constantFrom('casework' as const, 'outreach' as const, 'closed' as const),
})
type Held = typeof record extends fc.Arbitrary<infer T> ? T : never
const records = fc.uniqueArray(record, { selector: (one) => one.id, maxLength: 30 })

const localSums = (held: readonly Held[]): Sums => {
  const sums: Sums = new Map()
  for (const one of held) addRecord(sums, one.village, one.kind, one.id, one.rv)
  return sums
}

/** The line as a server makes it: sums by lane in 64-bit integers, closed records one by one. */
function serverLine(held: readonly Held[]): DigestLine {
  const lanes = new Map<string, { n: number; x: bigint }>()
  for (const one of held.filter((each) => each.lane !== 'closed')) {
    const key = `${one.village} ${one.lane}`
    const { n, x } = lanes.get(key) ?? { n: 0, x: 0n }
    lanes.set(key, { n: n + 1, x: x ^ BigInt(hashToBigint(recordHash(one.kind, one.id, one.rv))) })
  }
  return {
    digest: '999901',
    at: 7,
    v: [...lanes].map(([key, { n, x }]) => {
      const [village, lane] = key.split(' ') as [string, 'casework']
      return [village, lane, n, bigintToHex(x.toString())]
    }),
    more: held.filter((one) => one.lane === 'closed').map((one) => [one.kind, one.id, one.rv, one.village]),
  }
}

describe('sums of villages', () => {
  it('[I-28] are the same on both sides for the same records, in any order, whatever their lanes', () => {
    fc.assert(
      fc.property(records, (held) => {
        expect(differing(localSums([...held].reverse()), sumsOf(serverLine(held)))).toEqual([])
      }),
    )
  })

  it('[I-36] name the village of any one record that is missing, too many, or of another version', () => {
    fc.assert(
      fc.property(records, fc.nat(), fc.constantFrom('missing', 'old', 'double'), (held, which, how) => {
        const one = held[which % Math.max(1, held.length)]
        if (!one) return
        const rest = held.filter((each) => each !== one)
        const here = {
          missing: rest,
          old: [...rest, { ...one, rv: one.rv + 1 }],
          double: [...held, one],
        }[how]
        expect(differing(localSums(here), sumsOf(serverLine(held)))).toEqual([one.village])
      }),
    )
  })

  it('a hash that is none counts as another, never as the same', () => {
    const line: DigestLine = { digest: '999901', at: 1, v: [[VILLAGES[0] as string, 'casework', 0, 'zz']] }
    expect(differing(new Map(), sumsOf(line))).toEqual([VILLAGES[0]])
  })

  it('reads and writes the sixteen digits without loss', () => {
    fc.assert(
      fc.property(record, ({ kind, id, rv }) => {
        const hash = recordHash(kind, id, rv)
        expect(hashFromHex(hashToHex(hash))).toEqual(hash)
        expect(bigintToHex(hashToBigint(hash))).toBe(hashToHex(hash))
      }),
    )
  })
})

describe('the plan of a repair', () => {
  it('[I-36] makes one side the other: what is not listed goes, what is missing or other comes', () => {
    fc.assert(
      fc.property(records, records, fc.nat(), (should, more, some) => {
        const listed = should.map(({ kind, id, rv }): Listed => [kind, id, rv])
        const here = [
          ...should
            .slice(some % (should.length + 1))
            .map(({ kind, id, rv }, at): Listed => [kind, id, rv + (at % 2)]),
          ...more.map(({ kind, id, rv }): Listed => [kind, id, rv]),
        ]
        const { evict, want } = planRepair(listed, here)
        const after = new Map(here.map(([kind, id, rv]) => [`${kind}/${id}`, rv]))
        for (const [kind, id] of evict) after.delete(`${kind}/${id}`)
        for (const [kind, id] of want) {
          const found = listed.find((one) => one[0] === kind && one[1] === id)
          after.set(`${kind}/${id}`, found?.[2] ?? -1)
        }
        expect(after).toEqual(new Map(listed.map(([kind, id, rv]) => [`${kind}/${id}`, rv])))
      }),
    )
  })

  it('asks for nothing when all is the same', () => {
    const all: Listed[] = [['dispute', '01912345-0000-7000-8000-000000000001', 4]]
    expect(planRepair(all, all)).toEqual({ evict: [], want: [] })
  })
})
