import { openLane, type LaneName } from './lanes.ts'
import { runSeed, runStory } from './run.ts'
import { shrink, told } from './shrink.ts'
import { storyOf } from './world/story.ts'

// One process of the command: runs the seeds it is given, one line of JSON for each. The command starts it and reads the lines.
const [command, laneName, first, step, count] = process.argv.slice(2) as [
  string,
  LaneName,
  string,
  string,
  string,
]
// A lane may take the event loop's turns for its own; a breath for the pipe is still a real one.
const turn = globalThis.setImmediate
const lane = await openLane(laneName)

const print = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`)

if (command === 'run') {
  // Of what fails all the time nobody reads where; whoever looks at one world does.
  Error.stackTraceLimit = 0
  for (let at = 0; at < Number(count); at++) {
    print(await runSeed(String(Number(first) + at * Number(step)), lane))
    await new Promise((go) => turn(go))
  }
} else {
  const story = lane.fitting?.(storyOf(first)) ?? storyOf(first)
  const { wrong } = await runStory(story, lane)
  const small = wrong ? await shrink(story, wrong.invariant, lane) : story
  const lines: string[] = []
  const after = await runStory(small, lane, (line) => lines.push(line))
  print({ told: told(small), trace: lines.slice(-60), wrong: after.wrong, story: small })
}
await lane.close()
