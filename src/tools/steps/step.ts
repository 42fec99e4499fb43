import { run } from './run.ts'

/** What a step of `check` or `test` came to. A step that is no test run counts as one failed test when it fails. */
export interface Outcome {
  name: string
  ok: boolean
  seconds: number
  /** What it printed, for showing when it failed. */
  output: string
  passed: number
  failed: number
  /** One more fact for the step's line: how many tests ran on which database. */
  note: string
}

export interface Step {
  name: string
  run(): Promise<Outcome>
}

/** A step that either works or not: a compiler, a linter, a build. */
export const plainStep = (name: string, script: string, args: readonly string[], limitMs?: number): Step => ({
  name,
  async run() {
    const ran = await run(script, args, limitMs)
    return { name, ...ran, passed: 0, failed: ran.ok ? 0 : 1, note: '' }
  },
})

/** A step that cannot run because an earlier one failed; it counts as failed, never as silently left out. */
export const blocked = (name: string, because: string): Outcome => ({
  name,
  ok: false,
  seconds: 0,
  output: `not run: ${because}`,
  passed: 0,
  failed: 1,
  note: '',
})

function print(outcome: Outcome): void {
  const mark = outcome.ok ? 'ok  ' : 'FAIL'
  const counts =
    outcome.passed + outcome.failed > 0 ? `  ${outcome.passed} passed, ${outcome.failed} failed` : ''
  const note = outcome.note === '' ? '' : `  (${outcome.note})`
  console.log(
    `${mark}  ${outcome.name.padEnd(22)} ${outcome.seconds.toFixed(1).padStart(6)} s${counts}${note}`,
  )
  if (!outcome.ok) console.log(`${outcome.output.trim()}\n`)
}

/** Runs steps, at most `width` at a time, telling of each as it ends. */
export async function runAll(
  steps: readonly Step[],
  width: number,
  tell: (outcome: Outcome) => void = print,
): Promise<Outcome[]> {
  const waiting = [...steps]
  const outcomes: Outcome[] = []
  const worker = async () => {
    for (let step = waiting.shift(); step; step = waiting.shift()) {
      const outcome = await step.run()
      tell(outcome)
      outcomes.push(outcome)
    }
  }
  await Promise.all(Array.from({ length: width }, worker))
  return outcomes
}
