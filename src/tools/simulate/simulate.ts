import { askWorld, runWorlds, type Outcome } from './workers.ts'
import { addOutcome, emptySums, printed } from './statistics.ts'

export interface Asked {
  /** The first seed; the others follow by one. */
  first: number
  seeds: number
  lane: string
  /** Stops at the first failing world and only names it. */
  firstOnly: boolean
}

/** Failures told in full; of more than these only the seeds. */
const TOLD = 3

const again = (seed: string, lane: string): string =>
  `npm run simulate -- --seed ${seed}${lane === 'memory' ? '' : ` --lane ${lane}`}`

async function tellFailure(wrong: Outcome, lane: string, print: (line: string) => void): Promise<void> {
  print(`\nseed ${wrong.seed}: ${wrong.wrong?.message}`)
  print(`again: ${again(wrong.seed, lane)}`)
  const story = await askWorld(wrong.seed, lane)
  print(`the smallest story that still breaks it (${story.wrong?.message ?? 'not found again'}):`)
  for (const line of story.told) print(`  ${line}`)
  print('the last that happened in it:')
  for (const line of story.trace) print(`  ${line.slice(0, 300)}`)
}

/**
 * Runs worlds, two processes at a time, and prints what they came to; the last line is JSON for whoever counts.
 * @returns whether every promise was kept
 */
export async function simulate(
  { first, seeds, lane, firstOnly }: Asked,
  print: (line: string) => void,
): Promise<boolean> {
  const began = performance.now()
  const sums = emptySums()
  const wrong: Outcome[] = []
  const crashes = await runWorlds({ first, seeds, lane }, (outcome) => {
    addOutcome(sums, outcome)
    if (outcome.wrong) wrong.push(outcome)
    if (outcome.wrong && firstOnly) return 'stop'
    if (sums.worlds % 1000 === 0) print(`${sums.worlds} worlds, ${wrong.length} violations`)
    return 'go on'
  })
  for (const line of printed(sums, (performance.now() - began) / 1000)) print(line)
  wrong.sort((a, b) => Number(a.seed) - Number(b.seed))
  if (firstOnly) for (const one of wrong.slice(0, 1)) print(`seed ${one.seed}: ${one.wrong?.message}`)
  else for (const one of wrong.slice(0, TOLD)) await tellFailure(one, lane, print)
  if (wrong.length > TOLD)
    print(
      `\nalso: ${wrong
        .slice(TOLD, 40)
        .map((one) => `${one.seed} (${one.wrong?.invariant})`)
        .join(', ')}`,
    )
  for (const crash of crashes) print(`\na process ended by itself: ${crash}`)
  const of = (kind: string) => wrong.filter((one) => one.wrong?.kind === kind).length
  print(
    JSON.stringify({
      seeds,
      violations: wrong.length + crashes.length,
      lost: of('lost'),
      duplicated: of('duplicated'),
      stuck: of('stuck'),
    }),
  )
  return wrong.length + crashes.length === 0
}
