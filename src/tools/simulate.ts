import { parseArgs } from 'node:util'
import { simulate, type Asked } from './simulate/simulate.ts'

const LANES = ['memory', 'dexie', 'embedded', 'postgresql']
const USAGE =
  'say how many worlds: npm run simulate -- --seeds N [--seed S] [--lane memory|dexie|embedded|postgresql], with N from 1 to 1000000 and S a whole number.'

const whole = (text: string | undefined, least: number, most: number): number | null => {
  if (text === undefined || !/^\d{1,15}$/.test(text)) return null
  const value = Number(text)
  return value >= least && value <= most ? value : null
}

/** null: not understood. One seed alone means that one world. */
function asked(args: readonly string[]): Asked | null {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seeds: { type: 'string' },
        seed: { type: 'string' },
        lane: { type: 'string', default: 'memory' },
        'first-only': { type: 'boolean', default: false },
      },
    })
    const first = values.seed === undefined ? 1 : whole(values.seed, 0, 1e15)
    const seeds = whole(values.seeds ?? (values.seed === undefined ? undefined : '1'), 1, 1_000_000)
    if (first === null || seeds === null || !LANES.includes(values.lane)) return null
    return { first, seeds, lane: values.lane, firstOnly: values['first-only'] }
  } catch {
    return null
  }
}

const order = asked(process.argv.slice(2))
if (order) process.exitCode = (await simulate(order, (line) => console.log(line))) ? 0 : 1
else {
  console.error(`明白: ${USAGE}`)
  process.exitCode = 2
}
