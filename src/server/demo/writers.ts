import { codeOf, prefixOf } from '#domain/region/code.ts'
import { committeeName, fullNameOf, type Places } from './places.ts'
import type { Register } from './plan-register.ts'
import type { Known, Writer } from './planned.ts'
import type { DemoSeeds } from './seed-files.ts'

type Posts = Writer['posts']

/** Who writes things down in the invented county, and where. */
export interface Writers {
  writers: Writer[]
  /** Who writes up mediation in a region: its own mediator in the shown township, elsewhere the township's clerk. */
  writerAt(region: string): string
  /** Who writes up outreach there. */
  speakerAt(region: string): string
  person(key: string): Known | null
}

/** The posts of a person of the stories; the coordinator of the township also reports for the county, and mediates. */
function postsOf(seeds: DemoSeeds, places: Places, one: DemoSeeds['world']['people'][number]): Posts {
  const committee = seeds.committees.find((line) => line.region === one.at)
  const organisation = committee ? committeeName(seeds.world, places, committee) : fullNameOf(places, one.at)
  const own: Posts = [
    { role: one.as, region: one.at, organisation: one.as === 'mediator' ? organisation : '' },
  ]
  if (!one.coordinates) return own
  const office = `${places.nameOf(codeOf(prefixOf(one.at)))}司法所`
  return [
    { role: 'coordinator', region: prefixOf(one.at), organisation: office },
    {
      role: 'coordinator',
      region: seeds.world.county.code,
      organisation: `${seeds.world.county.name}司法局年报组`,
    },
    ...own,
  ]
}

/** Everybody with an account of the past: township clerks, the shown township's mediators, and the people of the stories. */
export function writersOf(seeds: DemoSeeds, places: Places, register: Register): Writers {
  const list: Writer[] = []
  const atRegion = new Map<string, string>()
  const speakers = new Map<string, string>()
  for (const one of seeds.world.people) {
    const known = register.named.get(one.key)
    if (!known) continue
    list.push({
      key: one.key,
      person: known.id,
      name: one.name,
      phone: one.phone,
      mark: one.as === 'mediator' ? 'A' : 'B',
      village: one.at,
      posts: postsOf(seeds, places, one),
    })
    if (one.as === 'mediator') atRegion.set(one.at, one.key)
    else speakers.set(one.at, one.key)
  }
  for (const line of seeds.committees) {
    if (
      line.region.slice(6, 9) !== seeds.world.shown ||
      line.level !== 'village' ||
      atRegion.has(line.region)
    )
      continue
    const head = register.mediators.get(line.region)?.[0]
    if (!head) continue
    const key = `village:${line.region}`
    const posts: Posts = [
      { role: 'mediator', region: line.region, organisation: committeeName(seeds.world, places, line) },
    ]
    list.push({
      key,
      person: head.id,
      name: head.name,
      phone: register.phoneOf.get(head.id) ?? '',
      mark: 'A',
      village: line.region,
      posts,
    })
    atRegion.set(line.region, key)
  }
  for (const [prefix, clerk] of register.clerks) {
    const posts: Posts = [
      { role: 'clerk', region: prefix, organisation: `${places.nameOf(codeOf(prefix))}司法所` },
    ]
    list.push({
      key: `clerk:${prefix.slice(6)}`,
      person: clerk.id,
      name: clerk.name,
      phone: clerk.phone,
      mark: 'S',
      village: codeOf(prefix),
      posts,
    })
  }
  const writerAt = (region: string): string => atRegion.get(region) ?? `clerk:${region.slice(6, 9)}`
  return {
    writers: list,
    writerAt,
    speakerAt: (region) => speakers.get(region) ?? writerAt(region),
    person: (key) => register.named.get(key) ?? null,
  }
}
