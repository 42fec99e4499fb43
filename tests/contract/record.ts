// Records the fixtures of what is about to land: node tests/contract/record.ts 2
// Run it once for each landing, with the node in node_modules/.bin, and never again for a folder that has landed: what phones in
// the field hold cannot be recorded anew.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FOLDER, LANDED } from './landed.ts'
import { recordOutbox } from './record-outbox.ts'
import { recordPhone } from './record-phone.ts'
import { fingerprintsNow } from './shape.ts'

const landing = process.argv[2] ?? ''
const newest = LANDED.at(-1) ?? 0
if (!/^\d+$/.test(landing) || Number(landing) < newest) {
  console.error(
    `say which landing to record, ${newest} or later: node tests/contract/record.ts ${newest + 1}`,
  )
  process.exit(1)
}
const folder = join(FOLDER, landing)
await mkdir(folder, { recursive: true })
const write = (file: string, value: unknown) =>
  writeFile(join(folder, file), `${JSON.stringify(value, null, 1)}\n`)
await write('fingerprints.json', fingerprintsNow())
await write('outbox.json', await recordOutbox())
await write('phone.json', await recordPhone())
console.log(`recorded tests/contract/${landing}`)
