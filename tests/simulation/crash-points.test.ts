import { expect, it } from 'vitest'
import { openLane } from './lanes.ts'
import { runStory } from './run.ts'
import type { Act, ActKind } from './world/acts.ts'
import type { Fault } from './world/faults.ts'
import type { Story } from './world/story.ts'
import { MINUTE, SECOND } from './world/time.ts'

/** What happens, minute by minute: `1 patch` is the second phone's. */
const acts = (...lines: string[]): Act[] =>
  lines.map((line, at) => {
    const [on = '0', kind = 'look', a = '0.1', b = '0.1'] = line.split(' ')
    return { at: at * MINUTE, kind: kind as ActKind, on: Number(on), a: Number(a), b: Number(b), c: 0.1 }
  })

const story = (name: string, what: Act[], faults: Fault[] = [], modern = true): Story => ({
  seed: name,
  phones: [0, 1],
  modern: [modern, modern],
  length: what.length * MINUTE,
  acts: what,
  faults,
})

/** Short days of two phones of one village. */
const STORIES: readonly Story[] = [
  story('a first day', acts('0 dispute', '0 dispute-with-meeting', '1 look', '1 patch', '0 look', '1 look')),
  story(
    'two edits of one field',
    acts('0 dispute', '1 look', '0 put-away', '0 patch', '1 patch', '0 look', '1 look', '0 settle'),
    [],
    false,
  ),
  story(
    'an agreement and its end',
    acts('0 dispute', '0 step 0.1 0.3', '1 look', '1 step 0.1 0.95', '0 step 0.1 0.3', '0 look'),
  ),
  story(
    'behind the closed door',
    acts('0 dispute', '1 look', '1 flags', '0 look', '0 outreach', '1 headcount', '0 look'),
  ),
  story(
    'a server that lost its newest',
    acts('0 dispute', '1 look', '0 outreach', '0 patch', '1 patch', '0 look', '1 look', '0 look'),
    [{ at: 90 * SECOND, kind: 'failover', on: 0, a: 0.9, b: 0, c: 0 }],
  ),
]

const PHONES = [0, 1]
/** So many failures say enough. */
const ENOUGH = 3
/**
 * Every so many calls one death, each story and phone beginning at another call: all of them take minutes. Odd, because each call
 * counts twice, before it and after it.
 */
const STRIDE = 5
const firstDeath = (at: number, on: number): number => 1 + ((2 * at + on) % STRIDE)

/** Lives through a story in which the first page of a phone that is open after half a minute dies at its k-th call from then. */
async function withDeath(one: Story, on: number, k: number) {
  const fault: Fault = { at: 30 * SECOND, kind: 'tab-dies-at', on, a: k, b: 0, c: 0 }
  return runStory({ ...one, faults: [...one.faults, fault] }, await openLane('memory'))
}

it.each(STORIES.map((one, at) => ({ seed: one.seed, one, at })))(
  '[I-1] [I-3] [I-14] [I-44] [TR-30] $seed: a page that dies at any call of the platform ends as if it had not',
  { timeout: 240_000 },
  async ({ one, at }) => {
    const calm = await runStory(one, await openLane('memory'))
    expect(calm.wrong?.message ?? '').toBe('')
    const wrong: string[] = []
    let deaths = 0
    for (const on of PHONES)
      for (let k = firstDeath(at, on), died = true; died && wrong.length < ENOUGH; k += STRIDE) {
        const { wrong: found, faults } = await withDeath(one, on, k)
        died = (faults['tab-died'] ?? 0) > 0
        if (died) deaths++
        if (found) wrong.push(`phone ${on} at call ${k}: ${found.message}`)
      }
    expect(wrong).toEqual([])
    expect(deaths).toBeGreaterThan(100)
  },
)
