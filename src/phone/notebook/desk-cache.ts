import type { WholeNotebook } from '../api.ts'
import { storageFailure } from '../database/failures.ts'
import { boundTo, openJson, sealJson } from '../seal/box.ts'
import type { Context } from './context.ts'

/** The last answers of the desk. A question may name a region, so its row is named by a hash of it. */
export function deskCache(ctx: Context): WholeNotebook['deskCache'] {
  const idOf = async (question: string): Promise<string> => {
    const hash = new Uint8Array(
      await ctx.ports.crypto.subtle.digest('SHA-256', new TextEncoder().encode(question)),
    )
    return Array.from(hash.subarray(0, 16), (one) => one.toString(16).padStart(2, '0')).join('')
  }
  return {
    async get(question) {
      const id = await idOf(question)
      const row = await ctx.tables.read(['desk'], ({ desk }) => desk.get(id))
      return row ? openJson(ctx.sealer, boundTo('desk', row.id), row.box) : null
    },
    async put(question, value, asOf) {
      const id = await idOf(question)
      const box = await sealJson(ctx.sealer, boundTo('desk', id), { asOf, value })
      try {
        await ctx.tables.write(['desk'], 'relaxed', ({ desk }) => desk.put({ id, box }))
      } catch (error) {
        // It can be asked again; work goes first when the store is full.
        if (!storageFailure(error)) throw error
      }
    },
  }
}
