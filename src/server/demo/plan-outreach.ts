import { sixEntriesOf } from '#domain/outreach/outreach.ts'
import { dayOf, type Day } from '#domain/time/day.ts'
import { countFor, monthIndex, monthsUpTo, someDayOf } from './calendar.ts'
import type { Register } from './plan-register.ts'
import { moment, type PlannedRecord } from './planned.ts'
import { diceFor, idFor, type Dice } from './random.ts'
import type { DemoSeeds } from './seed-files.ts'
import type { OutreachLine } from './seed-schemas.ts'

/** What a session's record carries besides what was said and how many came. */
export const outreachRest = (form: OutreachLine['form'], on: Day) => ({
  topic: '',
  on,
  sixEntries: sixEntriesOf(form),
  campaign: '',
  people: null,
  materials: [],
  note: '',
  paperNo: '',
})

function session(
  seeds: DemoSeeds,
  register: Register,
  region: string,
  by: string,
  on: Day,
  key: string,
  dice: Dice,
): PlannedRecord {
  const month = Number(on.slice(5, 7))
  const line = dice.pick(seeds.outreach.filter((one) => one.months.includes(month)))
  const came = dice.whole(line.from, line.to)
  const estimated = came > 40 && dice.chance(0.75)
  const at = moment(
    on,
    line.form === 'yard' || line.form === 'performance' ? 20 : dice.whole(9, 16),
    dice.whole(0, 59),
  )
  const speaker = dice.pick(register.understanders.get(region) ?? register.mediators.get(region) ?? [])
  const a = {
    ...outreachRest(line.form, on),
    form: line.form,
    title: line.title,
    place: line.place,
    speakers: [speaker.name],
    attendances: estimated ? Math.round(came / 10) * 10 : came,
    countedHow: estimated ? 'estimated' : dice.chance(0.2) ? 'signed' : 'counted',
  }
  return {
    kind: 'outreach',
    id: idFor(`outreach:${key}`, at),
    region,
    steps: [{ k: 'outreach.log', a, at, by }],
  }
}

/**
 * The county's outreach sessions from the first year of living work up to `now`.
 * @param spare how many sessions of the shown township to leave out of a month, because a story tells them
 */
export function planOutreach(
  seeds: DemoSeeds,
  register: Register,
  speakerAt: (region: string) => string,
  spare: Map<string, number>,
  now: number,
): PlannedRecord[] {
  const { living, world } = seeds
  const today = dayOf(now)
  return world.townships.flatMap(({ code }) => {
    const villages = seeds.committees.filter(
      (one) => one.region.slice(6, 9) === code && one.level === 'village',
    )
    return monthsUpTo(living.first_year, today).flatMap((month) => {
      const dice = diceFor(`outreach:${code}:${month}`)
      const share = living.townships[code]?.outreach ?? 0
      const told = code === world.shown ? (spare.get(month) ?? 0) : 0
      const count =
        countFor(
          living.outreach[monthIndex(month)] ?? 0,
          share,
          month.slice(0, 4) === today.slice(0, 4),
          dice,
        ) - told
      return Array.from({ length: Math.max(0, count) }, (_, i) => {
        const own = diceFor(`session:${code}:${month}:${i}`)
        const { region } = own.weighted(villages, (one) => one.weight + 1)
        return session(
          seeds,
          register,
          region,
          speakerAt(region),
          someDayOf(month, own),
          `${code}:${month}:${i}`,
          own,
        )
      }).filter((one) => (one.steps[0]?.at ?? 0) <= now)
    })
  })
}
