import { writeFile } from 'node:fs/promises'
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { crowdWorkload } from './bench/crowd.ts'
import { memoryWorkload } from './bench/memory.ts'
import { phoneWorkload } from './bench/phone-workload.ts'
import { proofsWorkload } from './bench/proofs.ts'
import { startWorkload } from './bench/start.ts'
import { storiesWorkload } from './bench/stories.ts'
import { tableOf } from './bench/table.ts'
import { tenDaysWorkload } from './bench/ten-days.ts'
import { isMet, ratioOf, type Measurement } from './bench/workload.ts'

const WORKLOADS = [
  phoneWorkload,
  crowdWorkload,
  startWorkload,
  tenDaysWorkload,
  storiesWorkload,
  proofsWorkload,
  memoryWorkload,
]
const NAMES = WORKLOADS.flatMap((one) => one.names)
const USAGE = `say what to measure: npm run bench -- [--only ${NAMES.join(',')}] [--json FILE] [--table FILE]`

function options(): { only: string[]; json: string | undefined; table: string | undefined } | null {
  try {
    const { values } = parseArgs({
      options: { only: { type: 'string' }, json: { type: 'string' }, table: { type: 'string' } },
    })
    return { only: values.only?.split(',') ?? [], json: values.json, table: values.table }
  } catch {
    return null
  }
}

async function bench(): Promise<boolean> {
  const asked = options()
  if (!asked || asked.only.some((name) => !NAMES.includes(name))) {
    console.error(`明白: ${USAGE}`)
    return false
  }
  const wanted = new Set(asked.only.length === 0 ? NAMES : asked.only)
  const all: Measurement[] = []
  for (const workload of WORKLOADS)
    if (workload.names.some((name) => wanted.has(name)))
      all.push(...(await workload.run((text) => console.log(`… ${text}`), wanted)))
  const machine = `${cpus().length} cores, ${cpus()[0]?.model.trim() ?? 'unknown'}, load ${loadavg()[0]?.toFixed(1)} at the end`
  console.log(`\n${tableOf(all)}\n\n${machine}`)
  if (asked.table !== undefined) {
    const day = new Date().toISOString().slice(0, 10)
    await writeFile(asked.table, `# npm run bench, ${day}\n\n${machine}.\n\n${tableOf(all)}\n`)
  }
  if (asked.json !== undefined) {
    const figures = all.map((one) => ({ ...one, ratio: ratioOf(one), met: isMet(one) }))
    await writeFile(asked.json, `${JSON.stringify({ machine, figures }, null, 2)}\n`)
  }
  return all.every((one) => isMet(one) !== false)
}

process.exitCode = (await bench()) ? 0 : 1
