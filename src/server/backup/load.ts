import { join } from 'node:path'
import type { Tx } from '../database/database.ts'
import { emptyAll, fixFormats, linesOf, putLines, setCounter } from '../repositories/backup/rows.ts'
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

const seqOf = (line: string): string => /"seq": ?(\d+)/.exec(line)?.[1] ?? ''

/** The log of here stays; what the backup knows and it does not is added. */
async function putLog(tx: Tx, file: TableFile, shape: TableShape, folder: string): Promise<void> {
  const here = new Map<string, string>()
  for await (const lines of linesOf(tx, { ...shape, columns: file.columns }))
    for (const line of lines) here.set(seqOf(line), line)
  for await (const lines of readLines(join(folder, file.file))) {
    if (lines.some((line) => here.has(seqOf(line)) && here.get(seqOf(line)) !== line))
      throw new CannotBackUp(
        'other-log',
        'the log of this database is another installation’s and nobody may overwrite it; restore into an empty database.',
      )
    await putLines(
      tx,
      file.name,
      file.columns,
      lines.filter((line) => !here.has(seqOf(line))),
    )
  }
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
    if (file.name === 'audit') await putLog(tx, file, shape, backup.folder)
    else
      for await (const lines of readLines(join(backup.folder, file.file)))
        await putLines(tx, file.name, file.columns, lines)
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
