import { runAll, type Step } from '../steps/step.ts'
import type { Mutant } from './mutant.ts'
import { makeTree, type Tree } from './tree.ts'
import { failedTests, simulated } from './trial.ts'

/** What came of one planted bug. `killed`: the tests named after its promise noticed it. */
interface Verdict {
  mutant: Mutant
  killed: boolean
  said: string
}

/** Two cores; worlds take both by themselves. */
const WIDTH = 2

async function tryOne(tree: Tree, mutant: Mutant, worlds: number | null): Promise<Verdict> {
  const planted = tree.plant(mutant)
  if (!planted.ok) return { mutant, killed: false, said: planted.reason }
  try {
    if (worlds !== null && mutant.beyondWorlds === undefined)
      return { mutant, ...(await simulated(tree.folder, mutant.lane ?? 'memory', worlds)) }
    const { failed, ran, output } = await failedTests(tree.folder, mutant.test, mutant.invariant)
    if (ran === 0)
      return { mutant, killed: false, said: `no test named [${mutant.invariant}] ran: ${output.slice(-400)}` }
    const why = worlds === null ? '' : ` of ${mutant.test}, because no world can know: ${mutant.beyondWorlds}`
    return { mutant, killed: failed > 0, said: `${failed} of ${ran} tests failed${why}` }
  } finally {
    planted.undo()
  }
}

/** Every test that must fail with a bug must pass without it, or its failing says nothing. */
async function expectSoundTests(tree: Tree, mutants: readonly Mutant[]): Promise<Set<string>> {
  const broken = new Set<string>()
  const files = new Map<string, Set<string>>()
  for (const one of mutants) files.set(one.test, (files.get(one.test) ?? new Set()).add(one.invariant))
  for (const [file, invariants] of files) {
    const { failed } = await failedTests(tree.folder, file, [...invariants].join('|'))
    if (failed > 0) broken.add(file)
  }
  return broken
}

/**
 * Plants each bug in a copy of the tree, one after the other, two copies at a time, and runs what should notice it.
 * @param worlds null: by the named test; else so many worlds must notice, but for bugs of which no world can know
 * @returns whether all were noticed
 */
export async function plantAll(
  mutants: readonly Mutant[],
  worlds: number | null,
  print: (line: string) => void,
): Promise<boolean> {
  const width = worlds === null ? WIDTH : 1
  const trees = Array.from({ length: Math.min(width, mutants.length) }, () => makeTree())
  try {
    const unsound =
      worlds !== null || !trees[0] ? new Set<string>() : await expectSoundTests(trees[0], mutants)
    for (const file of unsound)
      print(`FAIL  ${file} fails without any planted bug; what it says of bugs counts for nothing`)
    const free = [...trees]
    const verdicts: Verdict[] = []
    const steps = mutants.map((mutant): Step => ({
      name: mutant.id,
      async run() {
        const tree = free.pop() as Tree
        const began = performance.now()
        const verdict = unsound.has(mutant.test)
          ? { mutant, killed: false, said: 'its test fails anyway' }
          : await tryOne(tree, mutant, worlds)
        free.push(tree)
        verdicts.push(verdict)
        const seconds = (performance.now() - began) / 1000
        return {
          name: mutant.id,
          ok: verdict.killed,
          seconds,
          output: '',
          passed: 0,
          failed: 0,
          note: verdict.said,
        }
      },
    }))
    await runAll(steps, trees.length, ({ name, ok, seconds, note }) => {
      const { invariant, sentence } = mutants.find((one) => one.id === name) as Mutant
      print(
        `${ok ? 'killed ' : 'ALIVE  '} ${invariant.padEnd(5)} ${name}: ${sentence} (${note}, ${seconds.toFixed(1)} s)`,
      )
    })
    const killed = verdicts.filter((one) => one.killed).length
    print(JSON.stringify({ planted: mutants.length, killed }))
    return killed === mutants.length
  } finally {
    for (const tree of trees) tree.remove()
  }
}
