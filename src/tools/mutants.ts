import { parseArgs } from 'node:util'
import { plantAll } from './mutants/plant.ts'
import { MUTANTS, WORLDLY } from './mutants/list/all.ts'
import { WORLDS } from './mutants/trial.ts'

const USAGE =
  'npm run mutants -- [--only ID,ID] [--simulate [--seeds N]]: ids are those of src/tools/mutants/list; worlds know only of sync, phone and server.'

interface Order {
  only: string[]
  /** Worlds in which each must show; null: by the named tests. */
  worlds: number | null
}

/** null: not understood. */
function asked(args: readonly string[]): Order | null {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        only: { type: 'string', default: '' },
        simulate: { type: 'boolean', default: false },
        seeds: { type: 'string', default: String(WORLDS) },
      },
    })
    const only = values.only.split(',').filter((one) => one !== '')
    const list = values.simulate ? WORLDLY : MUTANTS
    const known = only.every((id) => list.some((one) => one.id === id || one.invariant === id))
    if (!known || !/^[1-9]\d{0,5}$/.test(values.seeds)) return null
    return { only, worlds: values.simulate ? Number(values.seeds) : null }
  } catch {
    return null
  }
}

const order = asked(process.argv.slice(2))
if (order) {
  const { only, worlds } = order
  const chosen = (worlds === null ? MUTANTS : WORLDLY).filter(
    (one) => only.length === 0 || only.includes(one.id) || only.includes(one.invariant),
  )
  process.exitCode = (await plantAll(chosen, worlds, (line) => console.log(line))) ? 0 : 1
} else {
  console.error(`明白: ${USAGE}`)
  process.exitCode = 2
}
