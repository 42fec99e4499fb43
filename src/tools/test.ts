import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { buildIfStale } from './build/build.ts'
import { checkSteps } from './steps/check-steps.ts'
import { ROOT } from './steps/run.ts'
import { blocked, plainStep, runAll, type Outcome, type Step } from './steps/step.ts'
import { vitestStep } from './steps/vitest-step.ts'

const MINUTE_MS = 60_000

const build: Step = {
  name: 'build',
  async run() {
    const began = performance.now()
    const built = await buildIfStale()
    const seconds = (performance.now() - began) / 1000
    const output = built.ok ? '' : `${built.part}: ${built.output}`
    return { name: 'build', ok: built.ok, seconds, output, passed: 0, failed: built.ok ? 0 : 1, note: '' }
  },
}

/** What needs the built app, or is counted as failed when there is none. */
const needingTheBuild = (builtWell: boolean, steps: readonly Step[]): Step[] =>
  builtWell
    ? [...steps]
    : steps.map(({ name }) => ({ name, run: async () => blocked(name, 'the app could not be built') }))

const outcomes: Outcome[] = await runAll(checkSteps(), 2)
const built = await runAll([build], 1)
outcomes.push(...built)
const rest: Step[] = [
  vitestStep('contract', 3 * MINUTE_MS),
  vitestStep('integration', 20 * MINUTE_MS),
  ...(existsSync(join(ROOT, 'tests/simulation')) ? [vitestStep('simulation', 8 * MINUTE_MS)] : []),
  ...needingTheBuild(
    built.every((one) => one.ok),
    [plainStep('size', 'src/tools/size.ts', []), vitestStep('e2e', 30 * MINUTE_MS)],
  ),
]
// One at a time from here on: databases and browsers are measured, and want both cores.
outcomes.push(...(await runAll(rest, 1)))

const sum = (key: 'passed' | 'failed') => outcomes.reduce((total, one) => total + one[key], 0)
const seconds = outcomes.reduce((total, one) => total + one.seconds, 0)
console.log(
  `\n${
    outcomes
      .filter((one) => !one.ok)
      .map((one) => one.name)
      .join(', ') || 'nothing'
  } failed; ${Math.round(seconds)} s of steps`,
)
console.log(`${sum('passed')} passed, ${sum('failed')} failed`)
process.exitCode = sum('failed') === 0 ? 0 : 1
