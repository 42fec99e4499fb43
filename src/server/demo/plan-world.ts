import { paperNumber } from '#domain/dispute/paper-number.ts'
import { dayOf, monthOf } from '#domain/time/day.ts'
import { placesOf, type Places } from './places.ts'
import { planArchive } from './plan-archive.ts'
import { planLiving } from './plan-living.ts'
import { planOutreach } from './plan-outreach.ts'
import { planRegister, type Register } from './plan-register.ts'
import { planServices } from './plan-services.ts'
import { storyRecord } from './plan-stories.ts'
import type { Known, PlannedRecord, Writer } from './planned.ts'
import type { DemoSeeds } from './seed-files.ts'
import { writersOf } from './writers.ts'

/** The whole invented county as it stands at one moment: who is there, and everything that was ever written down. */
export interface WorldPlan {
  places: Places
  register: Register
  writers: Writer[]
  /** In the order in which their beginnings were written down. */
  records: PlannedRecord[]
}

/** How many records of a kind the stories tell in each month, so that the plan can leave as many out. */
function toldByStories(stories: readonly PlannedRecord[], kind: string): Map<string, number> {
  const told = new Map<string, number>()
  for (const one of stories) {
    const first = one.steps[0]
    if (one.kind !== kind || !first) continue
    const month = monthOf(dayOf(first.at))
    told.set(month, (told.get(month) ?? 0) + 1)
  }
  return told
}

/** Gives every record with a paper number its own: counted by writer, place and year, as a phone would (石桥 2026–A017). */
function number(records: readonly PlannedRecord[], places: Places, writers: readonly Writer[]): void {
  const marks = new Map(writers.map((one) => [one.key, one.mark]))
  const shorts = new Map(places.all.map((one) => [one.code, one.short]))
  const counts = new Map<string, number>()
  for (const { region, steps } of records) {
    const first = steps[0]
    if (!first || first.a['paperNo'] === undefined) continue
    const year = Number(dayOf(first.at).slice(0, 4))
    const key = `${first.by}/${region}/${year}`
    const count = (counts.get(key) ?? 0) + 1
    counts.set(key, count)
    first.a = {
      ...first.a,
      paperNo: paperNumber(shorts.get(region) ?? '', year, marks.get(first.by) ?? '', count),
    }
  }
}

const beginning = (record: PlannedRecord): number => record.steps[0]?.at ?? 0

/**
 * Plans the county as of `now` (epoch ms): the same seeds and the same moment give the same world, to the last id.
 * What lies after `now` has not happened.
 * @param edition gives the same people other ids: a world put back is not the one that was played with
 */
export function planWorld(seeds: DemoSeeds, now: number, edition = ''): WorldPlan {
  const places = placesOf(seeds)
  const register = planRegister(seeds, places, dayOf(now), edition)
  const { writers, writerAt, speakerAt, person } = writersOf(seeds, places, register)
  const knownBy = (key: string): Known | null => person(key)
  const stories = seeds.stories.flatMap((one) => storyRecord(one, knownBy, now) ?? [])
  const work = [
    ...planArchive(seeds, register, now),
    ...planLiving(seeds, register, writerAt, toldByStories(stories, 'dispute'), now),
    ...planOutreach(seeds, register, speakerAt, toldByStories(stories, 'outreach'), now),
    ...planServices(seeds, speakerAt, now),
    ...stories,
  ]
  const records = [...register.records, ...work].sort((one, other) => beginning(one) - beginning(other))
  number(records, places, writers)
  return { places, register, writers, records }
}
