import { shortNameOf, type Region } from '#domain/region/region.ts'
import type { DemoSeeds } from './seed-files.ts'
import type { CommitteeLine, World } from './seed-schemas.ts'

/** The tree of invented regions: province, prefecture, county, townships, villages, in administrative order. */
export interface Places {
  all: Region[]
  townships: Region[]
  villages: Region[]
  /** Name of a code as people say it; the code itself when it is none of ours. */
  nameOf(code: string): string
}

const unit = (code: string, name: string, order: number): Region => ({
  code,
  name,
  order,
  short: shortNameOf(name),
  validFrom: null,
  validTo: null,
  mergedInto: null,
})

/** Makes the regions out of the world file and the committee lines of level village. */
export function placesOf(seeds: Pick<DemoSeeds, 'world' | 'committees'>): Places {
  const { county, prefecture, province, townships } = seeds.world
  const towns = townships.map((one, at) => unit(`${county.code}${one.code}000`, one.name, at + 1))
  const villages = seeds.committees
    .filter((one) => one.level === 'village')
    .map((one, at) => unit(one.region, one.name, at + 1))
  const above = [province, prefecture, county].map((one) => unit(one.code.padEnd(12, '0'), one.name, 1))
  const all = [...above, ...towns, ...villages]
  const names = new Map(all.map((one) => [one.code, one.name]))
  return { all, townships: towns, villages, nameOf: (code) => names.get(code) ?? code }
}

/** The name by which a place is written on paper: county, township and village together, so that 示例 always stands in it. */
export function fullNameOf(places: Places, code: string): string {
  const above = [`${code.slice(0, 6)}000000`, `${code.slice(0, 9)}000`, code]
  return [...new Set(above)].map(places.nameOf).join('')
}

/** What a committee is called on its seal. Township and village committees carry the name of their place. */
export function committeeName(world: World, places: Places, line: CommitteeLine): string {
  if (line.level === 'county' || line.level === 'trade') return line.name
  return `${fullNameOf(places, line.region).replace(/^(?!示例)/, world.county.name)}人民调解委员会`
}
