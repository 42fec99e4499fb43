import { expect, it } from 'vitest'
import { openLane } from './lanes.ts'
import { runSeed } from './run.ts'

/** Each takes a second or two; the command runs more. */
const WORLDS = 8
const FIRST = 2_000_000

it(
  `${WORLDS} random worlds on the database that phones have keep every promise`,
  { timeout: 240_000 },
  async () => {
    const turn = globalThis.setImmediate
    // This lane takes the turns of the event loop for its own.
    const lane = await openLane('dexie')
    const wrong: string[] = []
    let ops = 0
    for (let seed = FIRST; seed < FIRST + WORLDS; seed++) {
      const outcome = await runSeed(String(seed), lane)
      ops += outcome.ops
      if (outcome.wrong)
        wrong.push(`npm run simulate -- --lane dexie --seed ${seed}: ${outcome.wrong.message}`)
    }
    globalThis.setImmediate = turn
    expect(wrong).toEqual([])
    expect(ops).toBeGreaterThan(30 * WORLDS)
  },
)
