import { accept, refuse } from '#domain/result.ts'
import type { Draft, Live, Notebook } from '../api.ts'
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
    const rows = await ctx.tables.read(['draft'], ({ draft }) => draft.all())
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
        await ctx.tables.write(['draft'], 'strict', (tables) => tables.draft.put({ id: draft.id, box }))
        ctx.notes.tell({ drafts: true })
        return accept(true as const)
      } catch (error) {
        const failure = storageFailure(error)
        if (failure) return refuse(failure)
        throw error
      }
    },
    async get(id) {
      const row = await ctx.tables.read(['draft'], ({ draft }) => draft.get(id))
      return row ? openDraft(ctx, row) : null
    },
    async drop(id) {
      await ctx.tables.write(['draft'], 'strict', ({ draft }) => draft.deleteMany([id]))
      ctx.notes.tell({ drafts: true })
    },
  }
}
