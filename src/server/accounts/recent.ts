import { sql } from 'drizzle-orm'
import type { Day } from '#domain/time/day.ts'
import { inAccounts, rowOf, today, type AccountsContext } from './context.ts'
import type { Caller } from './identity.ts'
import { tokenHash } from './keys.ts'

/** How old may be what is known of all changes of sessions, devices and rights. */
const REVISION_AGE_MS = 2000
/** How long a caller is known without being looked up, so that using a session is still noted now and then. */
const CALLER_AGE_MS = 5 * 60_000
const MOST = 50_000

interface Kept {
  caller: Caller
  revision: number
  day: Day
  at: number
}

/**
 * Callers from memory, for questions that give away nothing but a number. The database counts every change that could take something
 * from somebody; the count is read at most every two seconds, however many ask, and any change makes everybody be looked up again.
 */
export interface Recent {
  /** @param lookUp asks the database; `isSettled`: nothing has to be sent along with this answer, so the next need not ask again */
  caller(
    token: string,
    lookUp: () => Promise<{ caller: Caller; isSettled: boolean } | null>,
  ): Promise<Caller | null>
}

export function makeRecent(context: AccountsContext): Recent {
  const callers = new Map<string, Kept>()
  let known = { revision: -1, at: -Infinity }
  let reading: Promise<void> | null = null

  async function read(): Promise<void> {
    const at = context.now()
    const row = await inAccounts(context, (tx) =>
      rowOf<{ rev: number }>(tx, sql`SELECT rev FROM accounts_rev`),
    )
    const counted = row?.rev ?? 0
    if (counted !== known.revision) callers.clear()
    known = { revision: counted, at }
  }

  async function revision(): Promise<number> {
    while (context.now() - known.at >= REVISION_AGE_MS) {
      reading ??= read().finally(() => {
        reading = null
      })
      await reading
    }
    return known.revision
  }

  return {
    async caller(token, lookUp) {
      // Counted before looking, so that a change in between is never taken for seen.
      const now = await revision()
      const day = today(context)
      const key = tokenHash(token)
      const kept = callers.get(key)
      if (kept && kept.revision === now && kept.day === day && context.now() - kept.at < CALLER_AGE_MS)
        return kept.caller
      const found = await lookUp()
      if (callers.size >= MOST) callers.clear()
      if (found?.isSettled) callers.set(key, { caller: found.caller, revision: now, day, at: context.now() })
      return found?.caller ?? null
    },
  }
}
