import { ERRORS, type Lock, type Locker, type RequestRelease } from '@tus/server'
import type { Database } from '../../database/database.ts'
import { releaseLease, renewLease, takeLease } from '../../repositories/attachments/leases.ts'
import { UPLOAD_LIMITS } from './limits.ts'

const LOCKED = { status_code: 423, body: 'locked' }

/** The device an upload belongs to, by its name. */
export const deviceOf = (id: string): number => Number(id.slice(id.lastIndexOf('-') + 1))

interface Held {
  token: number
  /** Asks the holder to end soon. */
  yield: () => void
  /** What the holder still does with the upload; it lets go only after that. */
  work: Promise<unknown>
}

/** One writer for each upload among all servers: a lease row with a token that only grows (fencing), and a wish that it be given up. */
export interface DatabaseLocker extends Locker {
  /** Token of the writer that holds this upload in this process; null: nobody does. */
  tokenOf(id: string): number | null
  /** Work that must be over before the lease is given back. */
  during(id: string, work: Promise<unknown>): void
}

const sleep = (ms: number) => new Promise<void>((done) => setTimeout(done, ms))

export function databaseLocker(database: Database): DatabaseLocker {
  const held = new Map<string, Held>()
  const inRole = <T>(id: string, work: Parameters<typeof database.as<T>>[2]): Promise<T> =>
    database.as('sync', { device: String(deviceOf(id)) }, work)

  async function take(id: string, signal: AbortSignal): Promise<number> {
    const { leaseMs, waitMs } = UPLOAD_LIMITS
    for (let waited = 0; ; waited += 200) {
      if (signal.aborted) throw ERRORS.ABORTED
      const token = await inRole(id, (tx) => takeLease(tx, id, deviceOf(id), leaseMs))
      if (token !== null) return token
      if (waited >= waitMs) throw LOCKED
      // In this process the holder hears it at once; elsewhere at its next sign of life.
      held.get(id)?.yield()
      await sleep(200)
    }
  }

  function keepAlive(id: string, token: number, release: RequestRelease): () => void {
    const timer = setInterval(async () => {
      const lease = await inRole(id, (tx) => renewLease(tx, id, token, UPLOAD_LIMITS.leaseMs)).catch(
        () => null,
      )
      if (lease && (!lease.ours || lease.wanted)) await release()
    }, UPLOAD_LIMITS.renewMs)
    timer.unref()
    return () => clearInterval(timer)
  }

  function newLock(id: string): Lock {
    let mine: Held | undefined
    let stop: (() => void) | undefined
    return {
      async lock(signal, release) {
        const token = await take(id, signal)
        mine = { token, yield: () => void release(), work: Promise.resolve() }
        held.set(id, mine)
        stop = keepAlive(id, token, release)
      },
      async unlock() {
        stop?.()
        if (!mine) return
        const { token, work } = mine
        await work.catch(() => undefined)
        if (held.get(id) === mine) held.delete(id)
        // A lease that cannot be given back ends by itself.
        await inRole(id, (tx) => releaseLease(tx, id, token)).catch(() => undefined)
      },
    }
  }

  return {
    newLock,
    tokenOf: (id) => held.get(id)?.token ?? null,
    during(id, work) {
      const one = held.get(id)
      if (one) one.work = Promise.allSettled([one.work, work])
    },
  }
}
