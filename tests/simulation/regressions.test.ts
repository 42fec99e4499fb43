import { expect, it } from 'vitest'
import { openLane } from './lanes.ts'
import { REGRESSIONS } from './regressions.ts'
import { runSeed } from './run.ts'

it.each(REGRESSIONS)('seed $seed: $found', async ({ seed }) => {
  const { wrong } = await runSeed(seed, await openLane('memory'))
  expect(wrong?.message ?? '').toBe('')
})
