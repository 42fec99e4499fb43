import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { attachmentFiles } from '#server/backup/attachment-files.ts'
import { listKey, readErased } from '#server/backup/erased-list.ts'
import { readBackup } from '#server/backup/read.ts'
import { awaitMissingFiles } from '#server/backup/missing-files.ts'
import { restoreEmbedded, restorePostgres, type Restored, type RestoreOrder } from '#server/backup/restore.ts'
import { verifyBackup, type Verified } from '#server/backup/verify.ts'
import { noteBackup, writeBackup, type Written } from '#server/backup/write.ts'
import type { Config } from '#server/config.ts'
import { openPostgres } from '#server/database/postgresql.ts'
import { moveRing } from '#server/repositories/backup/history.ts'
import { secretOf } from '#server/secret.ts'
import { openDatabase, versionOf } from '#server/start.ts'
import { CannotDo } from './command-line.ts'
import { ask, hasDatabase, holder, refuseNothing } from './reach.ts'

const MB = 1024 * 1024
const size = (bytes: number): string =>
  bytes < MB ? `${Math.ceil(bytes / 1024)} kB` : `${(bytes / MB).toFixed(1)} MB`
const secs = (seconds: number): string => `${seconds.toFixed(1)} s`

async function write(config: Config, folder: string): Promise<Written & { from: string }> {
  refuseNothing(config)
  const pid = holder(config)
  if (pid !== null)
    return {
      ...((await ask(config, pid, { do: 'backup', folder: resolve(folder) })) as Written),
      from: 'the running server',
    }
  const database = await openDatabase(config)
  try {
    const parts = { database, app: versionOf(), attachments: attachmentFiles(config.filesFolder) }
    const from = database.kind === 'embedded' ? 'the data folder, which nobody served' : 'PostgreSQL'
    await noteBackup(database, Date.now())
    return { ...(await writeBackup(parts, folder)), from }
  } finally {
    await database.close()
  }
}

const toldWritten = (one: Written & { from: string }): string =>
  `a backup of ${one.from}, as of ${one.takenAt}: ${one.rows} rows of ${one.tables} tables, ${size(one.bytes)} in ${secs(one.seconds)}: ${one.folder}`

/** Writes a backup: the running server does it, or this command when nobody holds the database. @returns what was done */
export const backupTo = async (config: Config, folder: string): Promise<string> =>
  `${toldWritten(await write(config, folder))}\nnow check it with: npm run admin -- verify ${folder}`

/** Tells the serving database that work before a snapshot is safe. @returns what came of it */
async function tellRing(config: Config, { epoch, takenAt }: Verified['manifest']): Promise<string> {
  if (!hasDatabase(config)) return 'there is no database here to tell that older work is safe'
  const pid = holder(config)
  const moved =
    pid !== null
      ? await ask(config, pid, { do: 'ring', epoch, moment: takenAt })
      : await moveHere(config, epoch, takenAt)
  return moved === true
    ? `phones may let go of work handed in before ${takenAt}`
    : 'it is of another history than the database here, so phones were told nothing'
}

async function moveHere(config: Config, epoch: string, moment: string): Promise<boolean> {
  const database = await openDatabase(config)
  try {
    return await database.as('jobs', {}, (tx) => moveRing(tx, epoch, moment))
  } finally {
    await database.close()
  }
}

function toldVerified(one: Verified): string[] {
  const lines = one.checks.map(
    (check) => `  ${check.ok ? 'ok  ' : 'FAIL'} ${check.name}${check.note === '' ? '' : `: ${check.note}`}`,
  )
  const { read, load, check } = one.seconds
  return [
    ...lines,
    `files read in ${secs(read)}, ${one.rows} rows restored in ${secs(load)}, checked in ${secs(check)}`,
  ]
}

/** Restores a backup elsewhere and checks it. Throws when it is not whole. */
async function checked(folder: string): Promise<{ manifest: Verified['manifest']; told: string }> {
  const verified = await verifyBackup(folder)
  const told = toldVerified(verified).join('\n')
  if (!verified.ok) throw new CannotDo(`the backup ${folder} is not whole:\n${told}`, 'not-whole')
  return {
    manifest: verified.manifest,
    told: `the backup ${folder}, as of ${verified.manifest.takenAt}, is whole:\n${told}`,
  }
}

/** Restores a backup elsewhere, checks it, and tells phones what is safe when it is whole. @returns what was found */
export async function verifyAt(config: Config, folder: string): Promise<string> {
  const { manifest, told } = await checked(folder)
  return `${told}\n${await tellRing(config, manifest)}`
}

/** Backup, restore elsewhere and checks in one go. @param folder where the backup stays; null: it is thrown away @returns figures */
export async function drill(config: Config, folder: string | null): Promise<string> {
  if (folder !== null) return `${toldWritten(await write(config, folder))}\n${await verifyAt(config, folder)}`
  const place = await mkdtemp(join(tmpdir(), 'mingbai-drill-'))
  try {
    const written = await write(config, join(place, 'backup'))
    const { told } = await checked(written.folder)
    // A backup that is thrown away keeps nothing safe.
    return `${toldWritten(written)}\n${told}\nthis backup was thrown away again, so phones were told nothing`
  } finally {
    await rm(place, { recursive: true, force: true })
  }
}

async function orderFor(config: Config, folder: string, replace: boolean): Promise<RestoreOrder> {
  const lists = [
    dirname(resolve(folder)),
    resolve(config.dataFolder),
    ...(config.backupFolder === null ? [] : [config.backupFolder]),
  ]
  return {
    from: folder,
    replace,
    erased: await readErased(lists, listKey(secretOf(config))),
    attachments: attachmentFiles(config.filesFolder),
    now: Date.now(),
  }
}

async function intoPostgres(config: Config, url: string, order: RestoreOrder): Promise<Restored> {
  const { manifest } = await readBackup(order.from)
  const only = new Set(manifest.migrations.map((one) => one.name))
  const owner = { url, ownerUrl: config.databaseOwnerUrl }
  const database = await openPostgres({ ...owner, only })
  let restored: Omit<Restored, 'missing'>
  try {
    restored = await restorePostgres(database, order)
  } finally {
    await database.close()
  }
  const now = await openPostgres(owner)
  try {
    return { ...restored, missing: await awaitMissingFiles(now, order.attachments, order.now) }
  } finally {
    await now.close()
  }
}

/** Puts a backup in place of what is there. @returns what was done */
export async function restoreFrom(config: Config, folder: string, replace: boolean): Promise<string> {
  const pid = holder(config)
  if (pid !== null)
    throw new CannotDo(
      `process ${pid} serves the data folder ${resolve(config.dataFolder)}; stop it before restoring.`,
      'folder-in-use',
    )
  // Sound or not is said before a secret or a folder comes to be.
  await readBackup(folder)
  const order = await orderFor(config, folder, replace)
  const done =
    config.databaseUrl === null
      ? await restoreEmbedded(config.dataFolder, order)
      : await intoPostgres(config, config.databaseUrl, order)
  return [
    `restored as of ${done.takenAt}: ${done.rows} rows in ${secs(done.seconds)}; a new history has begun (generation ${done.gen}), phones will hand in again what it lacks.`,
    ...(done.erased > 0 ? [`${done.erased} records erased since were emptied again.`] : []),
    ...(done.missing > 0
      ? [
          `${done.missing} attachments have no file here; phones that still have it hand it in again, and the records say so until then.`,
        ]
      : []),
    ...(done.kept === null
      ? []
      : [`the database that was there lies in ${done.kept}; remove it when all is well.`]),
  ].join('\n')
}
