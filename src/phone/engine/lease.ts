import { Overtaken, type EngineLock } from '#sync/engine/ports.ts'
import { META } from '../database/rows.ts'
import type { ReadTables } from '../database/tables.ts'
import type { Context } from '../notebook/context.ts'
import { newId } from '../notebook/context.ts'

/** A step takes seconds; a lease that is older than this belongs to a tab that died. */
const LEASE_MS = 60_000

/** Inside an engine transaction: throws when a newer runner has taken over (I-43). @param fence null under a Web Lock */
export async function checkFence(tables: ReadTables<'meta'>, fence: number | null): Promise<void> {
  if (fence === null) return
  const lease = await tables.meta.get(META.lease)
  if (lease?.value !== fence) throw new Overtaken()
}

/** What holding a vault's lock needs; a worker without a notebook has that much. */
export interface Locking extends Pick<Context, 'vault' | 'tables'> {
  ports: Pick<Context['ports'], 'locks' | 'clock' | 'crypto'>
}

/** A lease row in the database, for browsers without Web Locks: who holds it, until when, and a token that only grows. */
function leaseLock(ctx: Locking): EngineLock {
  const me = newId(ctx.ports)
  const acquire = (): Promise<number | null> =>
    ctx.tables.write(['meta'], 'strict', async ({ meta }) => {
      const now = ctx.ports.clock.now()
      const lease = await meta.get(META.lease)
      const until = lease?.until ?? 0
      // A lease from a clock that has since been set back does not hold for ever.
      if (lease && lease.holder !== me && until > now && until <= now + LEASE_MS) return null
      const token = (lease?.value ?? 0) + 1
      await meta.put({ name: META.lease, value: token, holder: me, until: now + LEASE_MS })
      return token
    })
  const release = (token: number): Promise<unknown> =>
    ctx.tables.write(['meta'], 'strict', async ({ meta }) => {
      const lease = await meta.get(META.lease)
      if (lease?.value === token) await meta.put({ ...lease, until: 0 })
    })
  return {
    async hold(step) {
      const token = await acquire()
      if (token === null) return 'busy'
      try {
        return await step(token)
      } finally {
        await release(token)
      }
    },
  }
}

/** One runner per vault: a Web Lock where there are such, else the lease row. */
export function runnerLock(ctx: Locking): EngineLock {
  const { locks } = ctx.ports
  if (!locks) return leaseLock(ctx)
  return {
    hold: (step) =>
      locks.request(`mb-sync:${ctx.vault}`, { ifAvailable: true }, async (lock) =>
        lock ? step(null) : ('busy' as const),
      ),
  }
}
