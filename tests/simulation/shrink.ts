import type { Lane } from './lanes.ts'
import { runStory } from './run.ts'
import type { Story } from './world/story.ts'

/** A story is tried again at most so often while it is made smaller. */
const TRIES = 400

/** Whether it still breaks the same promise. */
async function breaks(story: Story, invariant: string, lane: Lane): Promise<boolean> {
  const { wrong } = await runStory(story, lane)
  return wrong?.invariant === invariant
}

/** A list without one of its parts. */
const without = <T>(list: readonly T[], from: number, count: number): T[] => [
  ...list.slice(0, from),
  ...list.slice(from + count),
]

/**
 * The smallest story found that still breaks the same promise: first halves of acts and faults are left out, then quarters, and at
 * last single ones. Each carries its own dice, so what stays happens as before.
 */
export async function shrink(story: Story, invariant: string, lane: Lane): Promise<Story> {
  let small = story
  let tries = 0
  for (const part of ['faults', 'acts', 'faults', 'acts'] as const) {
    for (
      let size = Math.ceil(small[part].length / 2);
      size >= 1;
      size = size === 1 ? 0 : Math.ceil(size / 2)
    ) {
      for (let from = 0; from < small[part].length && tries < TRIES;) {
        const smaller = { ...small, [part]: without<unknown>(small[part], from, size) } as Story
        tries++
        if (await breaks(smaller, invariant, lane)) small = smaller
        else from += size
      }
    }
  }
  return small
}

const clock = (ms: number): string => {
  const seconds = Math.floor(ms / 1000)
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  return `${String(hours).padStart(3)}:${String(minutes).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`
}

/** A story as somebody reads it: who has a phone, and what happens when. */
export function told(story: Story): string[] {
  const lines = [
    ...story.acts.map((one) => ({ at: one.at, text: `phone ${one.on}: ${one.kind}` })),
    ...story.faults.map((one) => ({ at: one.at, text: `        struck: ${one.kind} (phone ${one.on})` })),
  ]
  return [
    `phones of persons ${story.phones.join(', ')}; with locks and channels: ${story.modern.map((one) => (one ? 'yes' : 'no')).join(', ')}`,
    ...lines.sort((a, b) => a.at - b.at).map(({ at, text }) => `${clock(at)}  ${text}`),
  ]
}
