import { dayOf } from '#domain/time/day.ts'
import { monthsUpTo, someDayOf } from './calendar.ts'
import { moment, type PlannedRecord } from './planned.ts'
import { diceFor, idFor } from './random.ts'
import type { DemoSeeds } from './seed-files.ts'

/** Questions answered and rounds walked in the shown township since the first year of living work. */
export function planServices(
  seeds: DemoSeeds,
  writerAt: (region: string) => string,
  now: number,
): PlannedRecord[] {
  const { living, world } = seeds
  const villages = seeds.committees.filter(
    (one) => one.region.slice(6, 9) === world.shown && one.level === 'village',
  )
  const records: PlannedRecord[] = []
  const add = (
    kind: 'service' | 'screening',
    month: string,
    i: number,
    body: (dice: ReturnType<typeof diceFor>) => Record<string, unknown>,
  ) => {
    const key = `${kind}:${month}:${i}`
    const dice = diceFor(key)
    const on = someDayOf(month, dice)
    const at = moment(on, dice.whole(9, 19), dice.whole(0, 59))
    const { region } = dice.weighted(villages, (one) => one.weight + 1)
    if (at <= now)
      records.push({
        kind,
        id: idFor(key, at),
        region,
        steps: [{ k: 'create', a: { ...body(dice), on, paperNo: '' }, at, by: writerAt(region) }],
      })
  }
  for (const month of monthsUpTo(living.first_year, dayOf(now))) {
    for (let i = 0; i < living.services; i++)
      add('service', month, i, (dice) => ({
        kind: 'question',
        asked: dice.pick(living.asked),
        who: '',
        content: '',
        answer: dice.weighted(['answered', 'to-mediator', 'to-office', 'to-lawyer'] as const, (one) =>
          one === 'answered' ? 8 : 1,
        ),
      }))
    for (let i = 0; i < living.screenings; i++)
      add('screening', month, i, (dice) => ({
        where: '各组',
        households: dice.whole(8, 40),
        found: dice.whole(0, 2),
        note: '',
      }))
  }
  return records
}
