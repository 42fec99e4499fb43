import { readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import * as v from 'valibot'
import { migrationsOf } from '../database/migrate.ts'
import { CannotBackUp } from './cannot-back-up.ts'
import { filesBelow, fingerprint } from './files.ts'
import { MANIFEST, ManifestSchema, SUMS, type Manifest } from './manifest.ts'

/** A folder whose every byte is what it was when it was written. */
export interface SoundBackup {
  folder: string
  manifest: Manifest
  bytes: number
}

const damaged = (folder: string, what: string) =>
  new CannotBackUp('damaged', `the backup ${folder} is damaged (${what}); use another one.`)

async function sumsOf(folder: string): Promise<Map<string, string>> {
  const text = await readFile(join(folder, SUMS), 'utf8').catch(() => null)
  if (text === null) {
    const there = await stat(folder).then(
      (one) => one.isDirectory(),
      () => false,
    )
    throw new CannotBackUp(
      'no-backup',
      there
        ? `the folder ${folder} holds no finished backup; name the folder that "backup" wrote.`
        : `there is no folder ${folder}; name the folder that "backup" wrote.`,
    )
  }
  const sums = new Map<string, string>()
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [, sha256, name] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? []
    if (!sha256 || !name || name.split('/').includes('..')) throw damaged(folder, SUMS)
    sums.set(name, sha256)
  }
  return sums
}

async function compareFiles(folder: string, sums: ReadonlyMap<string, string>): Promise<number> {
  const there = (await filesBelow(folder)).filter((one) => one !== SUMS)
  const missing = [...sums.keys()].find((one) => !there.includes(one))
  if (missing) throw damaged(folder, `${missing} is missing`)
  const strange = there.find((one) => !sums.has(one))
  if (strange) throw damaged(folder, `${strange} does not belong to it`)
  let total = 0
  for (const [name, sha256] of sums) {
    const found = await fingerprint(join(folder, name))
    if (found.sha256 !== sha256) throw damaged(folder, `${name} is not what was written`)
    total += found.bytes
  }
  return total
}

async function manifestOf(folder: string, sums: ReadonlyMap<string, string>): Promise<Manifest> {
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch(() => '')
  let value: unknown = null
  try {
    value = JSON.parse(text)
  } catch {
    throw damaged(folder, MANIFEST)
  }
  const format = (value as { format?: unknown } | null)?.format
  if (typeof format === 'number' && format > ManifestSchema.entries.format.literal)
    throw new CannotBackUp(
      'newer-backup',
      `the backup ${folder} was made by a newer version; use that version to read it.`,
    )
  const read = v.safeParse(ManifestSchema, value)
  if (!read.success) throw damaged(folder, MANIFEST)
  const named = [
    ...read.output.tables.map((one) => one.file),
    ...read.output.attachments.map((one) => `attachments/${one.name}`),
  ]
  const absent = named.find((one) => !sums.has(one))
  if (absent) throw damaged(folder, `${absent} is missing`)
  return read.output
}

/** A backup may be of an older build than this one, never of a newer or another. */
async function refuseStrange(folder: string, manifest: Manifest): Promise<void> {
  const known = new Map((await migrationsOf()).map((one) => [one.name, one.checksum]))
  for (const { name, checksum } of manifest.migrations) {
    if (!known.has(name))
      throw new CannotBackUp(
        'newer-backup',
        `the backup ${folder} was made by a newer version; use that version to read it.`,
      )
    if (known.get(name) !== checksum)
      throw new CannotBackUp(
        'other-build',
        `the backup ${folder} was made by another build (${name} differs); use that build to read it.`,
      )
  }
}

/** Reads a backup folder and compares every byte with its sums, changing nothing. Throws `CannotBackUp` for what is not sound. */
export async function readBackup(path: string): Promise<SoundBackup> {
  const folder = resolve(path)
  const sums = await sumsOf(folder)
  const bytes = await compareFiles(folder, sums)
  const manifest = await manifestOf(folder, sums)
  await refuseStrange(folder, manifest)
  return { folder, manifest, bytes }
}
