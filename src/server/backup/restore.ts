import { existsSync } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Database, Tx } from '../database/database.ts'
import { openEmbedded, openScratch } from '../database/embedded.ts'
import { lockFolder } from '../database/folder-lock.ts'
import { databaseIn, swapDatabase } from '../database/swap.ts'
import { keepWitness } from '../database/witness.ts'
import { erasuresOf, type Erasure } from '../repositories/backup/erasures.ts'
import { forgetUploads, historyNow, newHistory, setRing, walPlace } from '../repositories/backup/history.ts'
import { holdsWork, LOG_TABLES } from '../repositories/backup/rows.ts'
import { record as audit } from '../repositories/audit.ts'
import type { AttachmentFiles } from './attachment-files.ts'
import { CannotBackUp } from './cannot-back-up.ts'
import { checkSame, checkWhole, LOG_CHECK } from './checks.ts'
import { erase } from './erase.ts'
import { load } from './load.ts'
import { awaitMissingFiles } from './missing-files.ts'
import { readBackup, type SoundBackup } from './read.ts'

/** Hours that a restored history jumps ahead, so that it never meets a generation that the lost one gave itself (sync.md §7.11). */
const A_DAY = 24

export interface RestoreOrder {
  /** Folder of the backup. */
  from: string
  /** Over work that is there already. */
  replace: boolean
  /** What was erased and may not come back, from the lists beside the backups. */
  erased: readonly Erasure[]
  attachments: AttachmentFiles | null
  /** Epoch ms. */
  now: number
}

export interface Restored {
  takenAt: string
  rows: number
  epoch: string
  gen: number
  /** Records emptied again, because they were erased after the backup was made. */
  erased: number
  /** Attachments whose files are nowhere and that wait for them again. */
  missing: number
  /** Where the database that was there lies now; null: there was none. */
  kept: string | null
  seconds: number
}

const refuseWork = (where: string) =>
  new CannotBackUp(
    'holds-work',
    `${where} holds work already; restore into an empty one, or say --replace to put the backup in its place.`,
  )

/**
 * Checks what was loaded before anybody relies on it. Files that are nowhere are no reason to have nothing: the records that call them
 * theirs are told, see `awaitMissingFiles`; a log that somebody changed is no reason either, it stays as it was found.
 */
async function refuseUnsound(tx: Tx, backup: SoundBackup, besides: readonly string[] = []): Promise<void> {
  const checks = [await checkSame(tx, backup.manifest, besides), ...(await checkWhole(tx))]
  const wrong = checks.find((one) => !one.ok && one.name !== LOG_CHECK)
  if (wrong)
    throw new CannotBackUp(
      'not-whole',
      `the backup ${backup.folder} does not agree with itself (${wrong.name}); nothing was changed.`,
    )
}

/** What makes a restored state a history of its own: another epoch and generation, erased records empty, the ring at the snapshot. */
async function beginAnew(
  tx: Tx,
  backup: SoundBackup,
  order: RestoreOrder,
  before: { gen: number; erased: readonly Erasure[] },
): Promise<{ epoch: string; gen: number; erased: number }> {
  const history = await newHistory(tx, A_DAY, before.gen + 1)
  const known = [...(await erasuresOf(tx)), ...before.erased, ...order.erased]
  const list = [...new Map(known.map((one) => [`${one.kind}/${one.id}`, one])).values()]
  const erased = await erase(tx, list, new Date(order.now))
  await setRing(tx, backup.manifest.takenAt)
  await forgetUploads(tx)
  await audit(tx, order.now, {
    actor: null,
    role: 'operator',
    action: 'backup.restore',
    object: { kind: 'backup', id: backup.manifest.takenAt },
  })
  return { ...history, erased }
}

/** What the database that is to be replaced knows and the restored one must respect. */
async function lookAtOld(path: string): Promise<{ held: boolean; gen: number; erased: Erasure[] }> {
  if (!existsSync(databaseIn(path))) return { held: false, gen: 0, erased: [] }
  const old = await openEmbedded(path)
  try {
    return await old.as('owner', {}, async (tx) => ({
      held: await holdsWork(tx),
      gen: (await historyNow(tx))?.gen ?? 0,
      erased: await erasuresOf(tx),
    }))
  } finally {
    await old.close()
  }
}

/** Half-made databases of a restore that was stopped. */
async function sweep(path: string): Promise<void> {
  for (const name of await readdir(path))
    if (name.startsWith('restoring-')) await rm(join(path, name), { recursive: true, force: true })
}

/**
 * Restores a backup as the embedded database of a data folder that nobody serves. The new database is made and checked beside the old
 * one and takes its place in one step; the old one is kept. Stopped anywhere, the folder holds the old or the new, and the command may be
 * given again. Throws `CannotBackUp` or `CannotStart` with one sentence.
 */
export async function restoreEmbedded(dataFolder: string, order: RestoreOrder): Promise<Restored> {
  const began = performance.now()
  const backup = await readBackup(order.from)
  const path = resolve(dataFolder)
  await mkdir(path, { recursive: true, mode: 0o700 })
  const old = await lookAtOld(path)
  if (old.held && !order.replace) throw refuseWork(`the data folder ${path}`)
  const unlock = lockFolder(path)
  try {
    await sweep(path)
    const stamp = new Date(order.now).toISOString().replaceAll(/[-:]|\.\d+/g, '')
    const [fresh, kept] = [`restoring-${stamp}`, `database-before-${stamp}`]
    const made = await makeFresh(join(path, fresh), backup, order, old)
    const hadOne = existsSync(databaseIn(path))
    swapDatabase(path, { fresh, old: kept })
    keepWitness(path, databaseIn(path), made.wal)
    const { epoch, gen, erased, missing, rows } = made
    const seconds = (performance.now() - began) / 1000
    return {
      takenAt: backup.manifest.takenAt,
      rows,
      epoch,
      gen,
      erased,
      missing,
      kept: hadOne ? join(path, kept) : null,
      seconds,
    }
  } finally {
    unlock()
  }
}

const restoreFiles = async (
  { folder, manifest }: SoundBackup,
  { attachments }: RestoreOrder,
): Promise<void> => attachments?.restoreFrom(join(folder, 'attachments'), manifest.attachments)

async function makeFresh(
  folder: string,
  backup: SoundBackup,
  order: RestoreOrder,
  old: { gen: number; erased: readonly Erasure[] },
) {
  const names = new Set(backup.manifest.migrations.map((one) => one.name))
  const database = await openScratch(folder, names)
  try {
    const rows = await database.as('owner', {}, async (tx) => {
      const put = await load(tx, backup)
      await refuseUnsound(tx, backup)
      return put
    })
    await database.bringUp()
    const anew = await database.as('owner', {}, (tx) => beginAnew(tx, backup, order, old))
    await restoreFiles(backup, order)
    const missing = await awaitMissingFiles(database, order.attachments, order.now)
    return { ...anew, missing, rows, wal: await database.as('app', {}, walPlace) }
  } catch (error) {
    await database.close()
    await rm(folder, { recursive: true, force: true })
    throw error
  } finally {
    await database.close().catch(() => {})
  }
}

/**
 * Restores a backup into PostgreSQL, in one transaction: everything is put in, checked and given a new history, or nothing is changed.
 * The database was opened by its owner, at the migrations that made the backup or at this build's; once it is at this build's,
 * `awaitMissingFiles` says what is missing.
 */
export async function restorePostgres(
  database: Database,
  order: RestoreOrder,
): Promise<Omit<Restored, 'missing'>> {
  const began = performance.now()
  const backup = await readBackup(order.from)
  const done = await database.as('owner', {}, async (tx) => {
    if (!order.replace && (await holdsWork(tx))) throw refuseWork('the database')
    const before = { gen: (await historyNow(tx))?.gen ?? 0, erased: await erasuresOf(tx) }
    const rows = await load(tx, backup)
    // The log of here stays, so it holds more than the backup's.
    await refuseUnsound(tx, backup, LOG_TABLES)
    return { rows, ...(await beginAnew(tx, backup, order, before)) }
  })
  await restoreFiles(backup, order)
  return {
    takenAt: backup.manifest.takenAt,
    ...done,
    kept: null,
    seconds: (performance.now() - began) / 1000,
  }
}
