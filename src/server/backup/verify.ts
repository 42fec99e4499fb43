import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openScratch } from '../database/embedded.ts'
import { checkContents, checkSame, checkWhole, type Check } from './checks.ts'
import { load } from './load.ts'
import type { Manifest } from './manifest.ts'
import { readBackup } from './read.ts'

export interface Verified {
  ok: boolean
  manifest: Manifest
  rows: number
  /** Bytes of the folder. */
  bytes: number
  checks: Check[]
  /** Seconds: reading and comparing the files, putting them into a database, checking it. */
  seconds: { read: number; load: number; check: number }
}

/** Above this many bytes of rows the scratch database lies in a temporary folder instead of in memory. */
const IN_MEMORY = 256 * 1024 * 1024

const bytesOf = (manifest: Manifest): number => manifest.tables.reduce((sum, one) => sum + one.bytes, 0)

/**
 * Restores a backup into a database of its own, thrown away afterwards, and checks it there. The database that serves is not touched.
 * Throws `CannotBackUp` when the folder is no sound backup.
 */
export async function verifyBackup(folder: string): Promise<Verified> {
  const began = performance.now()
  const backup = await readBackup(folder)
  const read = performance.now()
  const { manifest, bytes } = backup
  const place = bytesOf(manifest) > IN_MEMORY ? await mkdtemp(join(tmpdir(), 'mingbai-verify-')) : null
  const scratch = await openScratch(
    place === null ? null : join(place, 'database'),
    new Set(manifest.migrations.map((one) => one.name)),
  )
  try {
    const rows = await scratch.as('owner', {}, (tx) => load(tx, backup))
    const loaded = performance.now()
    const checks = await scratch.as('owner', {}, async (tx) => [
      await checkSame(tx, manifest),
      await checkContents(tx, manifest),
      ...(await checkWhole(tx)),
    ])
    const done = performance.now()
    return {
      ok: checks.every((one) => one.ok),
      manifest,
      rows,
      bytes,
      checks,
      seconds: { read: (read - began) / 1000, load: (loaded - read) / 1000, check: (done - loaded) / 1000 },
    }
  } finally {
    await scratch.close()
    if (place !== null) await rm(place, { recursive: true, force: true })
  }
}
