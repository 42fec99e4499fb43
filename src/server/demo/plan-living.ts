import type { DisputeSource } from '#domain/dispute/source.ts'
import { addDays, dayOf, type Day } from '#domain/time/day.ts'
import { countFor, monthIndex, monthsUpTo, someDayOf } from './calendar.ts'
import { disputeRecord, type DisputeCourse } from './dispute-steps.ts'
import { inventName } from './names.ts'
import type { Register } from './plan-register.ts'
import type { Known, PlannedRecord } from './planned.ts'
import { diceFor, type Dice } from './random.ts'
import type { DemoSeeds } from './seed-files.ts'
import type { CommitteeLine } from './seed-schemas.ts'

/** Matters between people of one family carry one surname. */
const FAMILY = new Set(['support', 'divide', 'inherit'])
/** A court does not confirm who owns land or whether a marriage stands (民诉法解释 art. 355), nor is there money to enforce. */
const NEVER_CONFIRMED = new Set(['boundary', 'forest', 'homestead', 'couple', 'noise', 'water', 'drain'])
/** How far back files still lie with the office. */
const SUBMITTED_DAYS = 25
/** Roughly what a matter is about in money, by word: from and to, yuan. */
const MONEY: Readonly<Record<string, readonly [number, number]>> = {
  loan: [2000, 40_000],
  wages: [800, 26_000],
  traffic: [600, 20_000],
  fight: [300, 6000],
  livestock: [200, 4000],
  hurt: [1500, 30_000],
  rent: [500, 8000],
  trade: [1500, 30_000],
  shopping: [100, 3000],
  dog: [150, 2000],
  'bride-price': [8000, 68_000],
  support: [200, 600],
  land: [300, 4000],
  seed: [300, 5000],
  estate: [200, 2000],
  online: [200, 4000],
  doctor: [2000, 20_000],
  expropriation: [2000, 40_000],
  inherit: [3000, 40_000],
  pollution: [300, 3000],
}

/** What is the same for all disputes of one township while they are planned. */
interface Ground {
  seeds: DemoSeeds
  register: Register
  today: Day
  township: string
  lines: CommitteeLine[]
  /** Who writes things down in a region. */
  writerAt(region: string): string
}

const moneyFor = (word: string, dice: Dice): number | null => {
  const range = MONEY[word]
  if (!range || dice.chance(0.15)) return null
  const [from, to] = range
  const value = from + (to - from) * dice.next() ** 2
  const step = value > 2000 ? 100 : 10
  return Math.max(step, Math.round(value / step) * step)
}

/**
 * Where the n-th dispute of a year arises. Steps of the golden ratio spread the places by their weight without clumps, so that
 * a village's share is seen in a few months already; a place of weight 0 has nothing in the present year.
 */
function placeOfWork(ground: Ground, accepted: Day, nth: number): CommitteeLine {
  const quiet = accepted.slice(0, 4) === ground.today.slice(0, 4)
  const weights = ground.lines.map((one) => (one.weight === 0 && !quiet ? 1 : one.weight))
  const total = weights.reduce((sum, one) => sum + one, 0)
  let at = (((nth + Number(accepted.slice(0, 4))) * 0.618_033_988_75) % 1) * total
  const found = ground.lines.find((_one, index) => (at -= weights[index] ?? 0) < 0) ?? ground.lines[0]
  if (!found) throw new Error(`committees.tsv: no place in township ${ground.township}`)
  return found
}

/** The head of the committee takes most of what comes. */
function mediatorAt(register: Register, region: string, dice: Dice): Known | null {
  const all = register.mediators.get(region) ?? []
  return all.length === 0 ? null : dice.weighted(all, (one) => (one === all[0] ? 2 * all.length : 1))
}

/** One invented dispute that was taken up on a day. */
function course(ground: Ground, accepted: Day, nth: number, key: string, dice: Dice): DisputeCourse {
  const { seeds, register } = ground
  const { living, names } = seeds
  const month = Number(accepted.slice(5, 7)) - 1
  const { word } = dice.weighted(seeds.words, (one) => one.weight * (one.months[month] ?? 1))
  const line = placeOfWork(ground, accepted, nth)
  const detailed = ground.township === seeds.world.shown
  const first = inventName(names, dice).name
  const second = inventName(names, dice, FAMILY.has(word) ? { surname: [...first][0] ?? first } : {}).name
  const agreed = dice.chance(living.settled / 100)
  const settled = addDays(accepted, Math.min(28, Math.floor(-5 * Math.log(1 - dice.next()))))
  const yuan = agreed ? moneyFor(word, dice) : null
  const form = agreed ? ((yuan !== null && yuan > 1500) || dice.chance(0.35) ? 'written' : 'oral') : null
  const source = dice.weighted(
    Object.keys(living.sources) as DisputeSource[],
    (one) => living.sources[one] ?? 0,
  )
  const confirms =
    form === 'written' && yuan !== null && !NEVER_CONFIRMED.has(word) && dice.chance(living.confirmed / 100)
  const by = ground.writerAt(line.region)
  const ofStory = seeds.world.people.some(
    (one) => one.at === line.region && seeds.world.doors.some((door) => door.person === one.key),
  )
  return {
    key,
    region: line.region,
    word,
    source,
    sides: [first, second === first ? `${first}（小）` : second],
    happened: addDays(accepted, -dice.whole(0, 9)),
    accepted,
    outcome: agreed ? 'agreed' : 'failed',
    settled,
    form,
    yuan,
    court: confirms
      ? { status: dice.chance(0.97) ? 'valid' : 'dismissed', on: addDays(settled, dice.whole(6, 32)) }
      : null,
    place: '',
    mediator: mediatorAt(register, line.region, dice),
    by,
    notBefore: 0,
    detailed,
    visitLag: by.startsWith('clerk:') ? dice.whole(1, 8) : 0,
    submitted: detailed && !ofStory && settled >= addDays(ground.today, -SUBMITTED_DAYS) && dice.chance(0.8),
    closes: dice.chance(0.7),
  }
}

/** The disputes of one township since the first year of living work, without those that `spare` takes out of a month. */
function planTownship(ground: Ground, spare: Map<string, number>, now: number): PlannedRecord[] {
  const { living } = ground.seeds
  const share = living.townships[ground.township]?.disputes ?? 0
  let nth = 0
  return monthsUpTo(living.first_year, ground.today).flatMap((month) => {
    const dice = diceFor(`disputes:${ground.township}:${month}`)
    const thisYear = month.slice(0, 4) === ground.today.slice(0, 4)
    const count =
      countFor(living.disputes[monthIndex(month)] ?? 0, share, thisYear, dice) - (spare.get(month) ?? 0)
    const records: PlannedRecord[] = []
    for (let i = 0; i < count; i++) {
      const key = `${ground.township}:${month}:${i}`
      const own = diceFor(`dispute:${key}`)
      const record = disputeRecord(
        course(ground, someDayOf(month, own), nth++, key, own),
        ground.seeds.phrases,
        now,
      )
      if (record) records.push(record)
    }
    return records
  })
}

/**
 * The county's disputes from the first year of living work up to `now`.
 * @param spare how many disputes of the shown township to leave out of a month, because a story tells them
 */
export function planLiving(
  seeds: DemoSeeds,
  register: Register,
  writerAt: (region: string) => string,
  spare: Map<string, number>,
  now: number,
): PlannedRecord[] {
  const today = dayOf(now)
  return seeds.world.townships.flatMap(({ code }) => {
    const lines = seeds.committees.filter(
      (one) => one.region.slice(6, 9) === code && (one.level === 'village' || one.level === 'township'),
    )
    const ground: Ground = { seeds, register, today, township: code, lines, writerAt }
    return planTownship(ground, code === seeds.world.shown ? spare : new Map(), now)
  })
}
