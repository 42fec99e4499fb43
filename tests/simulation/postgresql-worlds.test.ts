import { expect, it } from 'vitest'
import { openLane } from './lanes.ts'
import { runSeed } from './run.ts'

/** Each takes some seconds; the command runs more. */
const WORLDS = 4
const FIRST = 4_000_000

it(
  `[I-6] [I-12] ${WORLDS} random worlds in which the servers' transactions truly run at once keep every promise`,
  { timeout: 240_000 },
  async () => {
    const lane = await openLane('postgresql')
    const wrong: string[] = []
    let ops = 0
    try {
      for (let seed = FIRST; seed < FIRST + WORLDS; seed++) {
        const outcome = await runSeed(String(seed), lane)
        ops += outcome.ops
        if (outcome.wrong)
          wrong.push(`npm run simulate -- --lane postgresql --seed ${seed}: ${outcome.wrong.message}`)
      }
    } finally {
      await lane.close()
    }
    expect(wrong).toEqual([])
    expect(ops).toBeGreaterThan(30 * WORLDS)
  },
)
