import { accept, refuse } from '#domain/result.ts'
import type { Draft, Live, Notebook } from '../api.ts'
import { reading, watched } from '../database/connect.ts'
import { storageFailure } from '../database/failures.ts'
import type { DraftRow } from '../database/rows.ts'
import { cell } from '../live.ts'
import { boundTo, openJson, sealJson } from '../seal/box.ts'
import type { Context } from './context.ts'

export const openDraft = (ctx: Pick<Context, 'sealer'>, row: DraftRow): Promise<Draft> =>
  openJson<Draft>(ctx.sealer, boundTo('draft', row.id), row.box)

/** What was begun and not yet saved; sealed like everything else, newest first. */
export function draftBox(ctx: Context): Notebook['drafts'] & { refresh(): void } {
  const read = async (): Promise<Draft[]> => {
    const rows = await reading(ctx.db, () => ctx.db.draft.toArray())
    const drafts = await Promise.all(rows.map((row) => openDraft(ctx, row).catch(() => null)))
    return drafts.filter((one): one is Draft => one !== null).sort((a, b) => b.at - a.at)
  }
  const list = cell<readonly Draft[]>()
  const refresh = () => void read().then(list.set, () => undefined)
  refresh()
  return {
    list: list as Live<readonly Draft[]>,
    refresh,
    async put(draft) {
      try {
        const box = await sealJson(ctx.sealer, boundTo('draft', draft.id), draft)
        await watched(ctx.ports.clock.after, (started) =>
          ctx.db.transaction('rw', ctx.db.draft, async (transaction) => {
            started(transaction)
            await ctx.db.draft.put({ id: draft.id, box })
          }),
        )
        ctx.notes.tell({ drafts: true })
        return accept(true as const)
      } catch (error) {
        const failure = storageFailure(error)
        if (failure) return refuse(failure)
        throw error
      }
    },
    async get(id) {
      const row = await reading(ctx.db, () => ctx.db.draft.get(id))
      return row ? openDraft(ctx, row) : null
    },
    async drop(id) {
      await ctx.db.draft.delete(id)
      ctx.notes.tell({ drafts: true })
    },
  }
}
