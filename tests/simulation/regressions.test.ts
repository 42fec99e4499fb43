import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openLane } from './lanes.ts'
import { KEPT_STORIES } from './regressions.ts'
import { runStory } from './run.ts'
import type { Story } from './world/story.ts'

it.each(KEPT_STORIES)('$story: $found', async ({ story }) => {
  const text = readFileSync(join(import.meta.dirname, 'stories', `${story}.json`), 'utf8')
  const { wrong } = await runStory(JSON.parse(text) as Story, await openLane('memory'))
  expect(wrong?.message ?? '').toBe('')
})
