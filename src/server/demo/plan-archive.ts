import { addDays } from '#domain/time/day.ts'
import { disputeRecord } from './dispute-steps.ts'
import type { Register } from './plan-register.ts'
import { moment, type PlannedRecord } from './planned.ts'
import { diceFor } from './random.ts'
import type { DemoSeeds } from './seed-files.ts'

const TYPED_FROM = 3
const MINUTES_EACH = 4
const EACH_DAY = 90

/** When the n-th dispute of a township was typed up from the paper books: working days after the register's day. */
function typedAt(registerDay: string, n: number): number {
  const day = addDays(registerDay, TYPED_FROM + Math.floor(n / EACH_DAY))
  return moment(day, 9, (n % EACH_DAY) * MINUTES_EACH)
}

/**
 * The disputes of the archive file, one record a line: written up by each township's clerk after the register's day (代记),
 * so that the day it happened, the day it was taken up and the moment of writing are three different times.
 */
export function planArchive(seeds: DemoSeeds, register: Register, now: number): PlannedRecord[] {
  const typed = new Map<string, number>()
  return seeds.archive.flatMap((line) => {
    const region = `${seeds.world.county.code}${line.region}`
    const township = region.slice(0, 9)
    const n = typed.get(township) ?? 0
    typed.set(township, n + 1)
    const key = `archive:${line.accepted}:${line.region}:${line.side}:${line.other}`
    const dice = diceFor(key)
    const [status, on] = line.court?.split(':') ?? []
    const record = disputeRecord(
      {
        key,
        region,
        word: line.word,
        source: line.source,
        sides: [line.side, line.other],
        happened: addDays(line.accepted, -dice.whole(0, 12)),
        accepted: line.accepted,
        outcome: line.outcome,
        settled: line.settled,
        form: line.form,
        yuan: line.yuan,
        court: status && on ? { status, on } : null,
        place: '',
        mediator: dice.pick(register.mediators.get(region) ?? []),
        by: `clerk:${township.slice(6)}`,
        notBefore: typedAt(seeds.world.register_day, n),
        detailed: false,
        visitLag: dice.whole(1, 9),
        submitted: false,
        closes: true,
      },
      seeds.phrases,
      now,
    )
    return record ? [record] : []
  })
}
