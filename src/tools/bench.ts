import { writeFile } from 'node:fs/promises'
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { startWorkload } from './bench/start.ts'
import type { Measurement } from './bench/workload.ts'

const WORKLOADS = [startWorkload]
const USAGE = `say what to measure: npm run bench -- [--only ${WORKLOADS.flatMap((one) => one.names).join(',')}] [--json FILE]`

function options(): { only: string[]; json: string | undefined } | null {
  try {
    const { values } = parseArgs({ options: { only: { type: 'string' }, json: { type: 'string' } } })
    return { only: values.only?.split(',') ?? [], json: values.json }
  } catch {
    return null
  }
}

const line = ({ name, ms, floorMs, limitMs, runs }: Measurement): string =>
  `${limitMs === null || ms <= limitMs ? 'ok  ' : 'SLOW'}  ${name}: ${Math.round(ms)} ms` +
  `${limitMs === null ? '' : ` of ${limitMs}`} (floor ${Math.round(floorMs)} ms, ratio ${(ms / floorMs).toFixed(1)}; runs ${runs.join(' ')})`

async function bench(): Promise<boolean> {
  const asked = options()
  const known = WORKLOADS.flatMap((one) => one.names)
  if (!asked || asked.only.some((name) => !known.includes(name))) {
    console.error(`明白: ${USAGE}`)
    return false
  }
  const chosen = WORKLOADS.filter(
    (one) => asked.only.length === 0 || one.names.some((name) => asked.only.includes(name)),
  )
  const all: Measurement[] = []
  for (const workload of chosen) all.push(...(await workload.run((text) => console.log(text))))
  for (const one of all) console.log(line(one))
  console.log(`load of this computer at the end: ${loadavg()[0]?.toFixed(1)} on ${cpus().length} cores`)
  if (asked.json !== undefined) await writeFile(asked.json, `${JSON.stringify(all, null, 2)}\n`)
  return all.every(({ ms, limitMs }) => limitMs === null || ms <= limitMs)
}

process.exitCode = (await bench()) ? 0 : 1
