import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { daysKept } from '#domain/privacy/retention.ts'
import { keepErased, type ListKey } from '../backup/erased-list.ts'
import { verifyAside } from '../backup/verify-aside.ts'
import { writeBackup, type BackupParts } from '../backup/write.ts'
import { erasuresOf } from '../repositories/backup/erasures.ts'
import { moveRing } from '../repositories/backup/history.ts'

/** So many verified backups are kept, and none for longer than the retention table says; they go when a newer one was found whole. */
const KEPT = 14
const KEPT_MS = daysKept('backup') * 86_400_000
const NAME = /^mingbai-\d{8}T\d{6}Z$/

const nameAt = (at: number): string => `mingbai-${new Date(at).toISOString().replaceAll(/[-:]|\.\d+/g, '')}`

/** @param at epoch ms */
async function dropOldest(folder: string, at: number): Promise<number> {
  const names = (await readdir(folder)).filter((one) => NAME.test(one)).sort()
  const last = nameAt(at - KEPT_MS)
  const old = names.filter((one, i) => i < names.length - KEPT || one < last)
  for (const name of old) await rm(join(folder, name), { recursive: true, force: true })
  return old.length
}

/**
 * Makes a backup, restores it elsewhere and checks it there; only one that was found whole says to phones that older work is safe.
 * @param folder where backups lie, each in a folder of its own
 * @returns figures; `ok` false: what was written is not whole, and nothing older was removed
 */
export async function nightlyBackup(
  parts: BackupParts,
  folder: string,
  key: ListKey,
  clock: () => number,
): Promise<Record<string, unknown> & { ok: boolean }> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await keepErased(folder, await parts.database.as('jobs', {}, erasuresOf), key)
  const written = await writeBackup(parts, join(folder, nameAt(clock())))
  const verified = await verifyAside(written.folder)
  const facts = {
    rows: written.rows,
    bytes: written.bytes,
    backupSeconds: written.seconds,
    takenAt: written.takenAt,
  }
  if (!verified.ok)
    return { ok: false, ...facts, wrong: verified.checks.filter((one) => !one.ok).map((one) => one.name) }
  const { epoch, takenAt } = verified.manifest
  const ring = await parts.database.as('jobs', {}, (tx) => moveRing(tx, epoch, takenAt))
  return { ok: true, ...facts, ring, dropped: await dropOldest(folder, clock()) }
}
