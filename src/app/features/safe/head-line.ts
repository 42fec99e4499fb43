import type { SyncStatus, Waiting } from '#phone/api.ts'
import type { Health } from '#phone/care.ts'

/** The sentence under 都在: a key below `safe.head`, and its number. */
export interface HeadLine {
  key:
    | 'vanished'
    | 'agrees'
    | 'checking'
    | 'unchecked'
    | 'refused'
    | 'held'
    | 'blobs'
    | 'sending'
    | 'slow'
    | 'waits'
    | 'signal'
    | 'login'
  n: number
}

type Known = Pick<SyncStatus, 'link' | 'running' | 'cut' | 'waiting' | 'refused' | 'needsLogin' | 'vanished'>

function whatWaits(status: Known, isSlow: boolean): HeadLine['key'] {
  if (status.needsLogin) return 'login'
  if (status.running) return isSlow ? 'slow' : 'sending'
  return status.link === 'up' && !status.cut ? 'waits' : 'signal'
}

/** Nothing waits any more: what else keeps 都交上去了 from being true (L-18). */
function whatIsLeft(status: Known, health: Health | undefined): HeadLine {
  if (status.refused > 0) return { key: 'refused', n: status.refused }
  if (health && health.blobs > 0) return { key: 'blobs', n: health.blobs }
  if (health?.allHandedIn) return { key: 'agrees', n: 0 }
  return { key: health?.agreement === 'differs' ? 'checking' : 'unchecked', n: 0 }
}

/**
 * One honest sentence of how things stand with handing in. 都交上去了 is said only when the phone says so for everything (L-18).
 * @param records that wait, by their own keys
 * @param isSlow an exchange has been under way for longer than people like to wait
 */
export function headLine(
  status: Known,
  health: Health | undefined,
  records: number,
  isSlow: boolean,
): HeadLine {
  if (status.vanished !== null && status.vanished > 0) return { key: 'vanished', n: status.vanished }
  if (status.waiting === 0) return whatIsLeft(status, health)
  if (health && health.held >= status.waiting) return { key: 'held', n: health.held }
  return { key: whatWaits(status, isSlow), n: Math.max(1, records) }
}

/** A record that waits, with how many changes of it do, and how many pictures, sounds and papers among them. */
export interface WaitingRecord extends Pick<Waiting, 'key' | 'kind' | 'title' | 'at' | 'state' | 'tries'> {
  changes: number
  files: number
}

const WORSE = ['uploading', 'queued', 'stuck']

/** The record a file belongs to, as a list calls it; null: the change is of no file, or its record is not known. */
export type ParentOf = (key: string) => Pick<Waiting, 'key' | 'kind' | 'title'> | null

/**
 * One line for each record in the queue, oldest first; a file counts with the record it belongs to. Its state is the worst of its
 * changes, its tries the most.
 */
export function waitingRecords(queue: readonly Waiting[], parentOf: ParentOf = () => null): WaitingRecord[] {
  const byKey = new Map<string, WaitingRecord>()
  for (const one of queue) {
    const { key, kind, title } = parentOf(one.key) ?? one
    const isFile = key !== one.key
    const known = byKey.get(key) ?? {
      key,
      kind,
      title,
      at: one.at,
      state: one.state,
      tries: 0,
      changes: 0,
      files: 0,
    }
    byKey.set(key, known)
    if (isFile) known.files += 1
    else known.changes += 1
    known.tries = Math.max(known.tries, one.tries)
    if (WORSE.indexOf(one.state) > WORSE.indexOf(known.state)) known.state = one.state
  }
  return [...byKey.values()]
}
