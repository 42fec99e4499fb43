import { META } from '../database/rows.ts'
import type { Locking } from '../engine/lease.ts'
import { newId } from '../notebook/context.ts'

/** A request takes less than this; a lease that is older belongs to a tab that died. */
const LEASE_MS = 60_000

/** One tab of a vault hands in files at a time. `alive`: whether this one still does; asked before every request. */
export interface FilesLock {
  hold<T>(work: (alive: () => Promise<boolean>) => Promise<T>): Promise<T | 'busy'>
}

/** A row in the database stands in where there are no Web Locks. */
function leaseLock(ctx: Locking): FilesLock {
  const me = newId(ctx.ports)
  const renew = (): Promise<boolean> =>
    ctx.tables.write(['meta'], 'relaxed', async ({ meta }) => {
      const now = ctx.ports.clock.now()
      const lease = await meta.get(META.filesLease)
      const until = lease?.until ?? 0
      // A lease from a clock that has since been set back does not hold for ever.
      if (lease && lease.holder !== me && until > now && until <= now + LEASE_MS) return false
      await meta.put({ name: META.filesLease, holder: me, until: now + LEASE_MS })
      return true
    })
  return {
    async hold(work) {
      if (!(await renew())) return 'busy'
      try {
        return await work(renew)
      } finally {
        await ctx.tables.write(['meta'], 'relaxed', async ({ meta }) => {
          const lease = await meta.get(META.filesLease)
          if (lease?.holder === me) await meta.put({ ...lease, until: 0 })
        })
      }
    },
  }
}

export function filesLock(ctx: Locking): FilesLock {
  const { locks } = ctx.ports
  if (!locks) return leaseLock(ctx)
  return {
    hold: (work) =>
      locks.request(`mb-files:${ctx.vault}`, { ifAvailable: true }, async (lock) =>
        lock ? work(async () => true) : ('busy' as const),
      ),
  }
}
