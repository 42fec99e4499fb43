import { laneOf, isWithOffice } from '#domain/record/kind.ts'
import { countsOf, digestHashOf } from '#server/services/sync/effects.ts'
import { storedOf } from '#server/services/sync/stored.ts'
import { keyOfRecord } from './replay.ts'
import type { ServerContent } from './server-content.ts'
import type { Ledger } from './ledger.ts'
import { must } from './violation.ts'

/** Places of one generation: a county never gets so many. */
const GENERATION = 2 ** 33

/** I-38: the numbers are what the records add up to. */
export function expectRollup(content: ServerContent): void {
  const sums = new Map<string, number>()
  for (const row of content.records)
    for (const one of countsOf(storedOf(row))) {
      const name = `${row.county}/${one.region}/${one.metric}/${one.day}`
      sums.set(name, (sums.get(name) ?? 0) + one.n)
    }
  for (const name of new Set([...sums.keys(), ...content.rollup.keys()])) {
    const [is, should] = [content.rollup.get(name) ?? 0, sums.get(name) ?? 0]
    must(is === should, 'I-38', () => `${name} says ${is}, its records say ${should}`)
  }
}

/** I-37: count and XOR of every village and lane are those of its records. */
export function expectDigest(content: ServerContent): void {
  const sums = new Map<string, { n: number; x: bigint }>()
  for (const row of content.records) {
    const hash = digestHashOf(storedOf(row))
    if (hash === null) continue
    const name = `${row.county}/${row.region}/${row.lane}`
    const known = sums.get(name) ?? { n: 0, x: 0n }
    sums.set(name, { n: known.n + 1, x: known.x ^ BigInt.asUintN(64, BigInt(hash)) })
  }
  for (const name of new Set([...sums.keys(), ...content.digest.keys()])) {
    const should = sums.get(name) ?? { n: 0, x: 0n }
    const is = content.digest.get(name) ?? { n: 0, x: '0' }
    const isSame = is.n === should.n && BigInt.asUintN(64, BigInt(is.x)) === should.x
    must(isSame, 'I-37', () => `${name}: ${is.n} and ${is.x}, its records say ${should.n} and ${should.x}`)
  }
}

/** I-13: within a generation no place of a county's ledger was left out. */
export function expectNoHole(content: ServerContent, ledger: Ledger): void {
  for (const [county, head] of content.heads) {
    const first = Math.floor(head / GENERATION) * GENERATION
    const places = new Set<number>()
    for (const one of [...ledger.versions, ...ledger.exits])
      if (one.county === county && one.seq > first && one.seq <= head) places.add(one.seq)
    must(
      places.size === head - first,
      'I-13',
      () => `the ledger of ${county} stands at ${head - first}, and ${places.size} places hold anything`,
    )
  }
}

/** Lane and office of every record follow from its content. */
export function expectPlaced(content: ServerContent): void {
  for (const row of content.records) {
    must(row.lane === laneOf(row.kind, row.body), 'I-19', () => `${keyOfRecord(row)} travels in ${row.lane}`)
    must(
      row.office === isWithOffice(row.kind, row.body),
      'I-19',
      () => `${keyOfRecord(row)}: office ${row.office}`,
    )
  }
}
