import type { ViolationKind } from './oracle/violation.ts'
import type { Lane } from './lanes.ts'
import { FAULTS } from './world/faults.ts'
import { noteVisits } from './world/cells.ts'
import { storyOf, type Story } from './world/story.ts'
import { World } from './world/world.ts'

/** What one world came to. */
export interface Outcome {
  seed: string
  phones: number
  ops: number
  faults: Record<string, number>
  /** Seldom things that people did. */
  acts: Record<string, number>
  /** Cells of the engine's table that were visited: `state/event`. */
  cells: string[]
  events: number
  wrong: { invariant: string; kind: ViolationKind; message: string } | null
}

/** So that a kind that never strikes is seen. */
const NONE = Object.fromEntries(FAULTS.map(({ kind }) => [kind, 0]))

/** Lives through a story. @param tell gets what happened, line by line */
export async function runStory(story: Story, lane: Lane, tell?: (line: string) => void): Promise<Outcome> {
  const world = new World(story, lane.grounds(), tell !== undefined)
  noteVisits(world.statistics.cells, (violation) => world.fail(violation))
  await world.run()
  noteVisits(null)
  for (const line of world.trace ?? []) tell?.(line)
  const { wrong } = world
  return {
    seed: story.seed,
    phones: world.phones.length,
    ops: world.notary.all().size,
    faults: { ...NONE, ...Object.fromEntries(world.statistics.faults) },
    acts: Object.fromEntries(world.statistics.acts),
    cells: [...world.statistics.cells],
    events: world.statistics.events,
    wrong: wrong && { invariant: wrong.invariant, kind: wrong.kind, message: wrong.message },
  }
}

export function runSeed(seed: string, lane: Lane): Promise<Outcome> {
  const story = storyOf(seed)
  return runStory(lane.fitting?.(story) ?? story, lane)
}
