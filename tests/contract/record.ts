// Records the fixtures of what is about to land: node tests/contract/record.ts 2, or one of them: … 2 fingerprints
// Run it once for each landing, with the node in node_modules/.bin, and never again for a folder that has landed: what phones in
// the field hold cannot be recorded anew.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FOLDER, LANDED } from './landed.ts'
import { recordBuild } from './record-build.ts'
import { recordLocked } from './record-locked.ts'
import { recordOutbox } from './record-outbox.ts'
import { recordPhone } from './record-phone.ts'
import { recordTraffic } from './record-traffic.ts'
import { fingerprintsNow } from './shape.ts'

const FIXTURES: Readonly<Record<string, () => unknown>> = {
  fingerprints: fingerprintsNow,
  outbox: recordOutbox,
  phone: recordPhone,
  locked: recordLocked,
  traffic: recordTraffic,
  build: recordBuild,
}
const [landing = '', only] = process.argv.slice(2)
const chosen = only === undefined ? Object.keys(FIXTURES) : [only]
const newest = LANDED.at(-1) ?? 0
if (!/^\d+$/.test(landing) || Number(landing) < newest || chosen.some((name) => !FIXTURES[name])) {
  console.error(
    `say which landing to record, ${newest} or later: node tests/contract/record.ts ${newest + 1}`,
  )
  process.exit(1)
}
const folder = join(FOLDER, landing)
await mkdir(folder, { recursive: true })
for (const name of chosen) {
  const recorded = await FIXTURES[name]?.()
  const isFile = Buffer.isBuffer(recorded)
  const file = isFile ? `${name}.mjs.gz` : `${name}.json`
  await writeFile(join(folder, file), isFile ? recorded : `${JSON.stringify(recorded, null, 1)}\n`)
}
console.log(`recorded tests/contract/${landing}: ${chosen.join(', ')}`)
