import type { Database, Tx } from '../../database/database.ts'
import { endsAt, entriesOf, headsOf, newestEntry, settledEntry } from '../../repositories/audit-chain.ts'
import { headOver, Walk, type Break, type LogHead } from './chain.ts'

/** What a walk through the whole log came to. */
export interface Walked {
  entries: number
  chains: number
  breaks: Break[]
}

/** Recomputes every hash of the log in the snapshot of the transaction (TR-50). */
export async function walkLog(tx: Tx): Promise<Walked> {
  const walk = new Walk(await headsOf(tx))
  for await (const entries of entriesOf(tx)) for (const entry of entries) walk.take(entry)
  return { breaks: walk.end(), entries: walk.entries, chains: walk.chains }
}

export interface LogVerified extends Walked {
  head: LogHead
  /** What came of a head noted earlier: the same, entries after that number are gone, or another. null: none was given. */
  noted: 'same' | 'shorter' | 'other' | null
  /** The number of the newest entry. */
  newest: number
}

const headAt = async (tx: Tx, seq: number): Promise<LogHead> => headOver(seq, await endsAt(tx, seq))

/** The head of the log as of now, to be written down outside this computer: every later entry has a higher number. */
export const headOfLog = (database: Database): Promise<LogHead> =>
  database.as('jobs', {}, async (tx) => headAt(tx, await settledEntry(tx)))

async function compare(tx: Tx, noted: LogHead | null, newest: number): Promise<LogVerified['noted']> {
  if (noted === null) return null
  const { hash } = await headAt(tx, noted.seq)
  if (newest < noted.seq) return 'shorter'
  return hash.startsWith(noted.hash) ? 'same' : 'other'
}

/** Recomputes the whole log. @param noted a head that was written down earlier; only it finds a log that was made anew as a whole */
export async function verifyLog(database: Database, noted: LogHead | null): Promise<LogVerified> {
  const head = await headOfLog(database)
  return database.as(
    'jobs',
    {},
    async (tx) => {
      const newest = await newestEntry(tx)
      return { ...(await walkLog(tx)), head, newest, noted: await compare(tx, noted, newest) }
    },
    { isolation: 'repeatable read' },
  )
}

export const isWhole = ({ breaks, noted }: LogVerified): boolean =>
  breaks.length === 0 && (noted === null || noted === 'same')
