import { checkPassphrase } from '#domain/backup.ts'
import { accept, refuse, type Result } from '#domain/result.ts'
import { dayOf } from '#domain/time/day.ts'
import type { BackupRefusal, Care } from '../care.ts'
import { storageFailure } from '../database/failures.ts'
import type { Bytes, MetaRow } from '../database/rows.ts'
import type { Context } from '../notebook/context.ts'
import { parseContents, readContents, type Contents } from './contents.ts'
import { openFile, sealFile } from './file.ts'
import { takeContents } from './take.ts'

/** Row of `meta`: when the last backup was made here, epoch ms. */
const MADE = 'backup-made'

/** When the last backup was made on this phone (epoch ms); null: never. */
export const backupMadeAt = async ({ tables }: Pick<Context, 'tables'>): Promise<number | null> =>
  (await tables.read(['meta'], ({ meta }) => meta.get(MADE)))?.value ?? null

async function opened(ctx: Context, file: Blob, typed: string): Promise<Result<Contents, BackupRefusal>> {
  const bytes = new Uint8Array(await file.arrayBuffer()) as Bytes
  const text = await openFile(bytes, typed.normalize('NFC').trim(), ctx.ports)
  return text.ok ? parseContents(text.value) : text
}

/**
 * The backup file of this phone. Making one only reads: it works without a network, with a login that has run out, and with a store
 * that takes nothing more.
 * @param changed called when a backup was made
 */
export function backupOf(ctx: Context, changed: () => void): Care['backup'] {
  const note = async (row: MetaRow) => {
    // Worth telling, not worth failing for: the file is there.
    await ctx.tables
      .write(['meta'], 'relaxed', ({ meta }) => meta.put(row))
      .catch((error: unknown) => {
        if (!storageFailure(error)) throw error
      })
    changed()
  }
  return {
    async make(passphrase) {
      const phrase = checkPassphrase(passphrase)
      if (!phrase.ok) return phrase
      if (!ctx.me) return refuse('not-entered')
      let contents: Contents
      try {
        contents = await readContents(ctx, ctx.me.person)
      } catch (error) {
        const failure = storageFailure(error)
        if (failure) return refuse(failure)
        throw error
      }
      const bytes = await sealFile(JSON.stringify(contents), phrase.value, ctx.ports)
      await note({ name: MADE, value: contents.madeAt })
      return accept({
        name: `mingbai-${dayOf(contents.madeAt)}.backup`,
        blob: new Blob([bytes], { type: 'application/octet-stream' }),
        ops: contents.ops.length,
        drafts: contents.drafts.length,
      })
    },
    async inspect(file, passphrase) {
      const found = await opened(ctx, file, passphrase)
      if (!found.ok) return found
      const { madeAt, ops, drafts } = found.value
      return accept({ madeAt, ops: ops.length, drafts: drafts.length })
    },
    async take(file, passphrase) {
      const found = await opened(ctx, file, passphrase)
      return found.ok ? takeContents(ctx, found.value) : found
    },
  }
}
