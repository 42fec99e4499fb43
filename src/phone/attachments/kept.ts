import type { Attachment } from '#domain/attachment/attachment.ts'
import { LIMITS } from '#sync/protocol/wire.ts'
import { idOf, type BlobRow, type RecRow } from '../database/rows.ts'
import type { Context } from '../notebook/context.ts'
import { openStored } from '../record/stored.ts'
import { openBlob, sealBlob, type BlobFacts, type BlobState } from './blob-box.ts'
import { pieceKeys } from './pieces.ts'

/** A file that lies here, with its record as it stands. `record` null: the record is not here (any more). */
export interface Kept {
  row: BlobRow
  facts: BlobFacts
  record: { body: Attachment; region: string; rv: number } | null
  /** Whether the server has its record: that came from there, or it was answered and waits for a page to apply the answer. */
  isTaken: boolean
}

/** What looking after files needs to know of a vault; a worker without a notebook has that much. */
export type FilesContext = Pick<Context, 'vault' | 'tables' | 'sealer' | 'identity' | 'sync'> & {
  ports: Pick<Context['ports'], 'clock' | 'crypto' | 'locks' | 'random'>
}

async function recordOf(ctx: FilesContext, row: RecRow | undefined): Promise<Kept['record']> {
  if (!row) return null
  const { now, base } = await openStored(ctx.sealer, row)
  // What the server says of the bytes stands in its own state; waiting edits of ours do not change that.
  const body = { ...now.body, state: (base ?? now).body['state'] } as unknown as Attachment
  return { body, region: now.region, rv: row.rv }
}

/** Every file that lies here. One whose box does not open is left alone. */
export async function keptFiles(ctx: FilesContext): Promise<Kept[]> {
  const { blobs, recs, answered } = await ctx.tables.read(
    ['blob', 'rec', 'out'],
    async ({ blob, rec, out }) => {
      const rows = await blob.all()
      const acked = rows.length === 0 ? [] : (await out.all()).filter((one) => one.state === 'acked')
      return {
        blobs: rows,
        recs: await rec.getMany(rows.map((one) => idOf(one.key))),
        answered: new Set(acked.map((one) => one.key)),
      }
    },
  )
  const found = await Promise.all(
    blobs.map(async (row, at): Promise<Kept | null> => {
      try {
        return {
          row,
          facts: await openBlob(ctx.sealer, row),
          record: await recordOf(ctx, recs[at]).catch(() => null),
          isTaken: (recs[at]?.rv ?? 0) > 0 || answered.has(row.key),
        }
      } catch {
        return null
      }
    }),
  )
  return found.filter((one): one is Kept => one !== null)
}

/**
 * What the record says about the bytes. The record is the only truth: a server that lost what it had says `awaited` again, and they
 * go again (I-34, I-41).
 */
export function stateBy({ row, record }: Kept): BlobState {
  if (row.state === 'broken') return 'broken'
  if (!record) return row.state as BlobState
  if (record.body.state === 'stored') return 'stored'
  if (record.body.cancelled) return 'taken-back'
  return record.body.state === 'failed' ? 'refused' : 'waiting'
}

const DONE: readonly BlobState[] = ['stored', 'taken-back']

/**
 * Whether the bytes may go: the server has them or their author took them back, for longer than the ring keeps ops, and before the
 * moment that the server's verified backup covers. A file that is neither stays for ever.
 * @param ringSafe epoch ms of server time; 0: no backup is verified
 */
export const mayGo = (state: BlobState, facts: BlobFacts, now: number, ringSafe: number): boolean =>
  DONE.includes(state) &&
  facts.doneAt !== null &&
  facts.doneAt < Math.min(ringSafe, now - LIMITS.ringDays * 86_400_000)

/** Whether its bytes have still to be handed in. */
export const isWaiting = (one: Kept): boolean => one.row.state === 'waiting' && one.record !== null

/** The server was told of it. */
export async function markBegun(ctx: FilesContext, { row, facts }: Kept): Promise<void> {
  const box = await sealBlob(ctx.sealer, row.id, { ...facts, begun: true })
  await ctx.tables.write(['blob'], 'relaxed', ({ blob }) => blob.put({ ...row, box }))
}

/** What lies here is not what was declared: kept and shown, and not sent again. */
export const markBroken = (ctx: FilesContext, row: BlobRow): Promise<void> =>
  ctx.tables.write(['blob'], 'relaxed', ({ blob }) => blob.put({ ...row, state: 'broken' }))

/** Brings what is known of a file here in line with its record. @returns null when nothing changes */
async function settled(ctx: FilesContext, kept: Kept, now: number): Promise<BlobRow | null> {
  const state = stateBy(kept)
  const isDone = DONE.includes(state)
  const doneAt = isDone ? (kept.facts.doneAt ?? now) : null
  if (state === kept.row.state && doneAt === kept.facts.doneAt) return null
  return { ...kept.row, state, box: await sealBlob(ctx.sealer, kept.row.id, { ...kept.facts, doneAt }) }
}

/**
 * Settles all files with their records and lets go of bytes that the ring rule gives free. Nothing else removes bytes.
 * @param now server time, epoch ms
 */
export async function tidyFiles(ctx: FilesContext, now: number, ringSafe: number): Promise<Kept[]> {
  const kept = await keptFiles(ctx)
  const changed = (await Promise.all(kept.map((one) => settled(ctx, one, now)))).filter(
    (row): row is BlobRow => row !== null,
  )
  const going = kept.filter((one) => mayGo(stateBy(one), one.facts, now, ringSafe))
  if (changed.length > 0 || going.length > 0)
    await ctx.tables.write(['blob', 'chunk'], 'relaxed', async ({ blob, chunk }) => {
      await blob.putMany(changed)
      await blob.deleteMany(going.map((one) => one.row.id))
      await chunk.deleteMany(going.flatMap((one) => pieceKeys(one.row)))
    })
  return kept
    .filter((one) => !going.includes(one))
    .map((one) => ({ ...one, row: { ...one.row, state: stateBy(one) } }))
}
