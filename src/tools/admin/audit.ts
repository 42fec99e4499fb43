import type { Config } from '#server/config.ts'
import type { Database } from '#server/database/database.ts'
import { sqlStateOf } from '#server/database/failures.ts'
import type { Order } from '#server/jobs/orders.ts'
import { isWhole, headOfLog, verifyLog, type LogVerified } from '#server/services/audit/verify.ts'
import { readHead, sayBreak, writtenHead, type LogHead } from '#server/services/audit/chain.ts'
import { openDatabase } from '#server/start.ts'
import { CannotDo } from './command-line.ts'
import { ask, holder, refuseNothing } from './reach.ts'

/** Refuses another word than the two, before a database is opened. */
export function refuseWord(what: string): void {
  if (what !== 'verify' && what !== 'head')
    throw new CannotDo(
      `"audit" takes the word verify or head, not "${what.slice(0, 40)}"; see: npm run admin -- help`,
      'bad-word',
    )
}

/** @param text a head as it was written down; null: none @returns what to compare the log with */
export function readNoted(text: string | null): LogHead | null {
  const head = text === null ? null : readHead(text)
  if (text !== null && head === null)
    throw new CannotDo(
      'a head is a number, a colon and at least sixteen digits of its hash, as "audit head" printed it.',
      'bad-head',
    )
  return head
}

/** The running server does it, or this command when nobody holds the database. */
async function reach<T>(config: Config, order: Order, here: (database: Database) => Promise<T>): Promise<T> {
  refuseNothing(config)
  const pid = holder(config)
  if (pid !== null) return (await ask(config, pid, order)) as T
  const database = await openDatabase(config)
  try {
    return await here(database)
  } catch (error) {
    // Somebody wrote into the log for longer than we wait for them, and than others may wait for us.
    if (sqlStateOf(error) !== '55P03') throw error
    throw new CannotDo('the log is being written to without a pause; try again in a moment.', 'busy')
  } finally {
    await database.close()
  }
}

const counted = (one: LogVerified): string =>
  `${one.entries} entries in ${one.chains} ${one.chains === 1 ? 'chain' : 'chains'}`

function faultsOf(one: LogVerified, noted: LogHead | null): string[] {
  const lines = one.breaks.map(sayBreak)
  if (one.noted === 'shorter')
    lines.push(`all entries after ${one.newest} are gone: the noted head was that of entry ${noted?.seq}`)
  if (one.noted === 'other')
    lines.push(`something up to entry ${noted?.seq} was made anew: it does not give the noted head`)
  return lines
}

/**
 * Prints the head of the log, or recomputes all of it. Throws when it is not as it was written.
 * @param what `head`, or the head that was noted earlier (null: none) to verify with
 */
export async function auditLog(config: Config, what: 'head' | LogHead | null): Promise<string> {
  if (what === 'head') return `head ${writtenHead(await reach(config, { do: 'log-head' }, headOfLog))}`
  const found = await reach(config, { do: 'log-verify', noted: what }, (database) =>
    verifyLog(database, what),
  )
  if (!isWhole(found)) {
    const faults = faultsOf(found, what).map((one) => `  ${one}`)
    throw new CannotDo(
      `the log is not as it was written (${counted(found)}):\n${faults.join('\n')}`,
      'log-broken',
    )
  }
  const compared = what === null ? '' : `, and up to entry ${what.seq} it is what was noted`
  return `the log is whole: ${counted(found)}${compared}\nhead ${writtenHead(found.head)}`
}
