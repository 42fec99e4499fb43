import { parseArgs } from 'node:util'
import { plantAll } from './mutants/plant.ts'
import { MUTANTS } from './mutants/list/all.ts'

const USAGE = 'npm run mutants -- [--only ID,ID] [--simulate]: ids are those of src/tools/mutants/list.'

/** null: not understood. */
function asked(args: readonly string[]): { only: string[]; simulate: boolean } | null {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { only: { type: 'string', default: '' }, simulate: { type: 'boolean', default: false } },
    })
    const only = values.only.split(',').filter((one) => one !== '')
    const known = only.every((id) => MUTANTS.some((one) => one.id === id || one.invariant === id))
    return known ? { only, simulate: values.simulate } : null
  } catch {
    return null
  }
}

const order = asked(process.argv.slice(2))
if (order) {
  const { only, simulate } = order
  const chosen = MUTANTS.filter(
    (one) => only.length === 0 || only.includes(one.id) || only.includes(one.invariant),
  )
  process.exitCode = (await plantAll(chosen, simulate, (line) => console.log(line))) ? 0 : 1
} else {
  console.error(`明白: ${USAGE}`)
  process.exitCode = 2
}
