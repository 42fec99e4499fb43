import { expect, it } from 'vitest'
import { openLane } from './lanes.ts'
import { runSeed, type Outcome } from './run.ts'

/** As many as fit into a minute of a busy machine; the command runs twenty thousand. */
const WORLDS = 60
const FIRST = 1_000_000

it(`${WORLDS} random worlds keep every promise`, { timeout: 240_000 }, async () => {
  const lane = await openLane('memory')
  const outcomes: Outcome[] = []
  for (let seed = FIRST; seed < FIRST + WORLDS; seed++) outcomes.push(await runSeed(String(seed), lane))
  const wrong = outcomes
    .filter((one) => one.wrong)
    .map((one) => `npm run simulate -- --seed ${one.seed}: ${one.wrong?.message}`)
  expect(wrong).toEqual([])
  const median = (of: (one: Outcome) => number) => outcomes.map(of).sort((a, b) => a - b)[WORLDS >> 1] ?? 0
  expect(median((one) => one.phones)).toBeGreaterThanOrEqual(3)
  expect(median((one) => one.ops)).toBeGreaterThanOrEqual(60)
  expect(
    median((one) => Object.values(one.faults).reduce((sum, times) => sum + times, 0)),
  ).toBeGreaterThanOrEqual(15)
})

it('one seed is one history, down to the last request', async () => {
  const lane = await openLane('memory')
  const once = async (): Promise<string[]> => {
    const lines: string[] = []
    const { runStory } = await import('./run.ts')
    const { storyOf } = await import('./world/story.ts')
    await runStory(storyOf('7'), lane, (line) => lines.push(line))
    return lines
  }
  const first = await once()
  expect(first.length).toBeGreaterThan(100)
  expect(await once()).toEqual(first)
})
