import { checkSteps } from './steps/check-steps.ts'
import { runAll } from './steps/step.ts'

const outcomes = await runAll(checkSteps(), 2)
process.exitCode = outcomes.every((one) => one.ok) ? 0 : 1
