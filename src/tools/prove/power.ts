import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { sql } from 'drizzle-orm'
import type { Database } from '#server/database/database.ts'
import { openEmbedded, portOn, type EmbeddedDatabase } from '#server/database/embedded.ts'
import { databaseIn } from '#server/database/swap.ts'
import { start } from '#server/start.ts'
import { fastFolder } from './fast-folder.ts'
import { makeImage, type Dice } from './power/image.ts'
import { watchDisk, type Journal } from './power/journal.ts'
import type { Proven } from './proof.ts'
import { configIn, correct, enrol, exchange, isTaken, logOutreach, type ProofPhone } from './world.ts'

const VILLAGE = '999901101001'

/** Work that a phone was told is handed in, with how much had been done to the disk when it heard. */
interface Told {
  entries: number
  device: number
  n: number
  id: string
}

interface Recorded {
  journal: Journal
  base: string
  told: Told[]
}

/** Numbers that follow from a seed, so that a cut that lost something can be made again. */
function diceOf(seed: number): Dice {
  let state = seed >>> 0
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0
      let t = state
      t = Math.imul(t ^ (t >>> 15), t | 1)
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
      return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
    },
  }
}

/** The embedded database as it comes, without what makes it durable: what the proof must find wanting. */
async function openAsItComes(folder: string): Promise<Database> {
  return portOn(await PGlite.create(databaseIn(folder)))
}

async function push(
  url: string,
  phone: ProofPhone,
  turn: number,
  made: string[],
  told: Told[],
  journal: Journal,
): Promise<void> {
  const last = made.at(-1)
  const ops = [
    ...Array.from({ length: 1 + (turn % 5) }, () => logOutreach(phone, turn % 300)),
    ...(last ? [correct(phone, last, turn % 500)] : []),
  ]
  made.push(ops[0]?.e[1] ?? '')
  const done = await exchange(url, phone, { push: ops })
  if (!done.whole || !done.acks.every(isTaken)) throw new Error(`a push was not taken (${done.status})`)
  for (const one of ops)
    told.push({ entries: journal.entries.length, device: phone.device, n: one.n, id: one.e[1] })
}

/** Phones hand in to a real server for a while, and all that is done to its disk is written down. */
async function record(place: string, rounds: number, durable: boolean): Promise<Recorded> {
  const [folder, base] = [join(place, 'data'), join(place, 'base')]
  const empty = await openEmbedded(folder)
  const phones = await enrol(empty, [VILLAGE, VILLAGE, VILLAGE])
  await empty.close()
  cpSync(databaseIn(folder), base, { recursive: true })
  const journal = watchDisk(databaseIn(folder))
  const told: Told[] = []
  try {
    const running = await start(
      configIn(folder),
      durable ? {} : { open: ({ dataFolder }) => openAsItComes(dataFolder) },
    )
    try {
      const made: string[] = []
      for (let round = 0; round < rounds; round++) {
        for (const phone of phones) await push(running.url, phone, round, made, told, journal)
        // Pages into their places, and old versions away: the moments in which most is under way.
        if (round % 12 === 11) await (running.database as EmbeddedDatabase).tidy()
      }
    } finally {
      journal.stop()
      await running.close()
    }
  } finally {
    journal.stop()
  }
  return { journal, base, told }
}

interface AfterCut {
  acked: number
  lost: number
  opens: boolean
}

/** Cuts the power at one moment and looks what is there afterwards. */
async function cut(recorded: Recorded, upTo: number, dice: Dice, folder: string): Promise<AfterCut> {
  const acked = recorded.told.filter((one) => one.entries <= upTo)
  mkdirSync(folder, { recursive: true })
  makeImage(recorded.base, recorded.journal, upTo, dice, databaseIn(folder))
  try {
    const database = await openEmbedded(folder)
    try {
      const { receipts, records } = await database.as('owner', {}, async (tx) => ({
        receipts: await tx.execute<{ device: number; n: number }>(
          sql`SELECT device, n FROM op_receipt WHERE outcome IN ('ok', 'merged')`,
        ),
        records: await tx.execute<{ id: string }>(sql`SELECT id FROM record`),
      }))
      const has = new Set(receipts.rows.map((one) => `${one.device}/${one.n}`))
      const there = new Set(records.rows.map((one) => one.id))
      const lost = acked.filter((one) => !has.has(`${one.device}/${one.n}`) || !there.has(one.id)).length
      return { acked: acked.length, lost, opens: true }
    } finally {
      await database.close()
    }
  } catch {
    return { acked: acked.length, lost: acked.length, opens: false }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Every second cut soon after an acknowledgement, the others anywhere: tidying up does much, and little of it is acknowledged. */
function moment({ journal, told }: Recorded, first: number, dice: Dice): number {
  const all = journal.entries.length
  if (dice.next() < 0.5) return first + Math.floor(dice.next() * (all - first + 1))
  return Math.min(
    all,
    (told[Math.floor(dice.next() * told.length)]?.entries ?? first) + Math.floor(dice.next() * 12),
  )
}

async function cuts(
  place: string,
  recorded: Recorded,
  options: { most: number; isOverAtLoss: boolean },
  dice: Dice,
  say: (line: string) => void,
) {
  const first = recorded.told[0]?.entries ?? 0
  const sum = { cuts: 0, acked: 0, lost: 0, unopened: 0, cutsWithLoss: 0 }
  for (let i = 0; i < options.most && !(options.isOverAtLoss && sum.lost > 0); i++) {
    const upTo = moment(recorded, first, dice)
    const { acked, lost, opens } = await cut(recorded, upTo, dice, join(place, `cut-${i}`))
    sum.cuts++
    sum.acked += acked
    sum.lost += lost
    if (!opens) sum.unopened++
    if (lost > 0) sum.cutsWithLoss++
    say(
      `cut ${i + 1} after ${upTo} of ${recorded.journal.entries.length}: ${acked} acknowledged, ${lost} lost${opens ? '' : ', does not open'}`,
    )
  }
  return sum
}

/**
 * Cuts the power under the embedded database at moments nobody chose: what was forced to the disk is kept, of the rest each piece by
 * the dice. What was acknowledged must be there and the database must open. With the settings it comes with, it must lose some.
 * @param options `plainCuts`: the database as it comes is cut until something is lost, at most so often; half of its cuts lose nothing
 */
export async function power(
  options: { cuts: number; rounds: number; plainCuts: number; seed?: number },
  say: (line: string) => void = () => {},
): Promise<Proven> {
  const place = fastFolder('mb-power-')
  const seed = options.seed ?? Date.now() % 1_000_000
  const dice = diceOf(seed)
  try {
    const durable = await record(join(place, 'durable'), options.rounds, true)
    const forced = durable.journal.entries.filter((one) => one.op === 'sync').length
    const kept = await cuts(
      join(place, 'durable'),
      durable,
      { most: options.cuts, isOverAtLoss: false },
      dice,
      say,
    )
    const plain = await record(join(place, 'plain'), options.rounds, false)
    const untilLoss = { most: options.plainCuts, isOverAtLoss: true }
    const asItComes = await cuts(join(place, 'plain'), plain, untilLoss, dice, say)
    return {
      pass: kept.lost === 0 && kept.unopened === 0 && kept.acked > 0 && asItComes.lost > 0,
      figures: {
        seed,
        cuts: options.cuts,
        acked: kept.acked,
        lost: kept.lost,
        unopened: kept.unopened,
        writes: durable.journal.entries.length,
        forced,
        plainCuts: asItComes.cuts,
        plainLost: asItComes.lost,
        plainCutsWithLoss: asItComes.cutsWithLoss,
        plainUnopened: asItComes.unopened,
      },
    }
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}
