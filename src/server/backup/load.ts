import { join } from 'node:path'
import type { Tx } from '../database/database.ts'
import { emptyAll, fixFormats, linesOf, putHeads, putLines, setCounter } from '../repositories/backup/rows.ts'
import { tablesOf, type TableShape } from '../repositories/backup/tables.ts'
import { CannotBackUp } from './cannot-back-up.ts'
import { newTally, readLines, tally } from './files.ts'
import type { Manifest } from './manifest.ts'
import type { SoundBackup } from './read.ts'

type TableFile = Manifest['tables'][number]

/** Pairs what was written with what is here, in the order in which tables can be filled. */
function pairs(manifest: Manifest, shapes: readonly TableShape[]): [TableFile, TableShape][] {
  const files = new Map(manifest.tables.map((one) => [one.name, one]))
  const lost = manifest.tables.find((one) => !shapes.some((shape) => shape.name === one.name))
  if (lost) throw new Error(`the backup holds a table ${lost.name} that its own migrations do not make`)
  return shapes.flatMap((shape) => {
    const file = files.get(shape.name)
    return file ? [[file, shape] as [TableFile, TableShape]] : []
  })
}

/** What a backup that was made before there were chains says nothing of, and what an entry got since. */
const SEALS = ['prev_hash', 'hash']

const otherLog = () =>
  new CannotBackUp(
    'other-log',
    'the log of this database is another installation’s and nobody may overwrite it; restore into an empty database.',
  )

type Entry = { seq: number; chain?: number; place?: number }

const placeOf = ({ chain, place }: Entry): string => `${chain} ${place}`

/** An entry without its seal, if the backup knew of none. */
function bare(line: string, sealed: boolean): string {
  if (sealed) return line
  const entry = JSON.parse(line) as Record<string, unknown>
  return JSON.stringify(Object.fromEntries(Object.entries(entry).filter(([key]) => !SEALS.includes(key))))
}

/** The log of here stays; what the backup knows and it does not is added. */
async function putLog(tx: Tx, file: TableFile, shape: TableShape, folder: string): Promise<void> {
  const sealed = file.columns.includes('chain')
  const here = new Map<number, string>()
  const places = new Set<string>()
  for await (const lines of linesOf(tx, { ...shape, columns: file.columns }))
    for (const line of lines) {
      const entry = JSON.parse(line) as Entry
      here.set(entry.seq, bare(line, sealed))
      if (sealed) places.add(placeOf(entry))
    }
  for await (const lines of readLines(join(folder, file.file))) {
    const entries = lines.map((line) => ({ line, entry: JSON.parse(line) as Entry }))
    const known = entries.filter(({ entry }) => here.has(entry.seq))
    if (known.some(({ line, entry }) => here.get(entry.seq) !== bare(line, sealed))) throw otherLog()
    const added = entries.filter(({ entry }) => !here.has(entry.seq))
    if (added.some(({ entry }) => places.has(placeOf(entry)))) throw otherLog()
    await putLines(
      tx,
      file.name,
      file.columns,
      added.map(({ line }) => line),
    )
  }
}

/** Puts a table back that is empty, and adds to the log what it lacks. */
async function putTable(tx: Tx, file: TableFile, shape: TableShape, folder: string): Promise<void> {
  if (file.name === 'audit') return putLog(tx, file, shape, folder)
  const put = file.name === 'audit_head' ? putHeads : putLines
  for await (const lines of readLines(join(folder, file.file))) await put(tx, file.name, file.columns, lines)
}

/**
 * Puts a backup into a database whose tables are empty but for its log, in the caller's transaction. Counters go on where they were.
 * @returns rows put in
 */
export async function load(tx: Tx, backup: SoundBackup): Promise<number> {
  await fixFormats(tx)
  const shapes = await tablesOf(tx)
  await emptyAll(tx, shapes)
  let rows = 0
  for (const [file, shape] of pairs(backup.manifest, shapes)) {
    await putTable(tx, file, shape, backup.folder)
    rows += file.rows
  }
  for (const { name, counter } of shapes)
    if (counter) await setCounter(tx, counter.sequence, backup.manifest.counters[name] ?? 0)
  return rows
}

/**
 * Writes every table out again and compares: what came back must be what was written, to the byte.
 * @param besides tables that may hold more than the backup
 * @returns names of tables that differ
 */
export async function differingTables(
  tx: Tx,
  manifest: Manifest,
  besides: readonly string[],
): Promise<string[]> {
  await fixFormats(tx)
  const found: string[] = []
  for (const [file, shape] of pairs(manifest, await tablesOf(tx))) {
    if (besides.includes(file.name)) continue
    const again = newTally()
    for await (const lines of linesOf(tx, { ...shape, columns: file.columns })) tally(again, lines)
    if (again.rows !== file.rows || again.hash.digest('hex') !== file.sha256) found.push(file.name)
  }
  return found
}
