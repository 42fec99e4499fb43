import type { Dispute } from '#domain/dispute/dispute.ts'
import { titleOf } from '#domain/dispute/title.ts'
import type { Id } from '#domain/id.ts'
import type { Body, Kind } from '#domain/record/kind.ts'
import { dayOf } from '#domain/time/day.ts'
import type { ListRow, SyncState, SyncWord } from '../api.ts'
import type { RecRow } from '../database/rows.ts'
import type { Stored } from './stored.ts'

const KINDS: readonly string[] = [
  'dispute',
  'meeting',
  'outreach',
  'lead',
  'service',
  'screening',
  'register.person',
  'register.organisation',
  'attachment',
] satisfies Kind[]

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const amount = (value: unknown): number => (typeof value === 'number' ? value : 0)
const short = (value: string): string =>
  [...value].length > 40 ? `${[...value].slice(0, 40).join('')}…` : value

/** The moment a version-7 UUID was made (epoch ms): how old a record of any kind is without opening it. */
export const madeAt = (id: Id): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)

const TITLES: Readonly<Record<Kind, (body: Body) => string>> = {
  // A skeleton has no parties; it is named by its matter.
  dispute: (body) => titleOf({ parties: [], topic: '', ...body } as unknown as Dispute),
  meeting: (body) => text(body['place']),
  outreach: (body) => text(body['title']) || text(body['place']),
  lead: (body) => text(body['about']),
  service: (body) => short(text(body['asked'])),
  screening: (body) => text(body['where']),
  'register.person': (body) => text(body['name']),
  'register.organisation': (body) => text(body['name']),
  attachment: (body) => text(body['caption']) || text(body['name']),
}

function stageOf(kind: Kind, body: Body): string {
  if (kind === 'dispute' || kind === 'lead') return text(body['stage'])
  return kind === 'outreach' ? text(body['form']) : ''
}

/** What a file belongs to, as `kind/id`. */
function parentOf(body: Body): string {
  const of = body['of']
  return Array.isArray(of) ? `${text(of[0])}/${text(of[1])}` : ''
}

/** Why the office returned it; '' when it did not. */
function returnedWhy(body: Body): string {
  const review = body['review'] as Body | null | undefined
  return review?.['state'] === 'returned' ? text(review['reason']) : ''
}

/** Whether two values of a field stand against each other and nobody has decided. */
const hasConflict = (stored: Stored): boolean => (stored.now.losses ?? []).length > 0

/** The one word of three: something needs its author, something waits, or all was handed in. */
export function wordOf(stored: Stored, pending: number): SyncWord {
  if (stored.refused > 0) return 'needs-you'
  if (pending > 0) return 'saved'
  return returnedWhy(stored.now.body) === '' && !hasConflict(stored) ? 'handed-in' : 'needs-you'
}

/** One of the nine states of a saved record. @param sending whether an op of it is on its way now */
export function stateOf(stored: Stored, pending: number, sending: boolean): SyncState {
  if (stored.refused > 0) return 'stuck'
  if (pending > 0) return sending ? 'uploading' : 'queued'
  if (returnedWhy(stored.now.body) !== '') return 'returned'
  return hasConflict(stored) ? 'conflict' : 'uploaded'
}

const isLive = (body: Body): boolean => body['stage'] !== 'closed' && body['stage'] !== 'cancelled'

/** What a record is called in a list. */
export const recordTitle = (kind: Kind, body: Body): string => TITLES[kind](body)

/** Whether this build can show records of a kind; others are carried untouched. */
export const isShown = (kind: string): kind is Kind => KINDS.includes(kind)

/**
 * The line a list shows of a record; null for a kind this build cannot show, or a deleted record.
 * Shared by the first reader and the notebook, so that both show the same line.
 */
export function rowOf(row: Pick<RecRow, 'id' | 'kind' | 'pending'>, stored: Stored): ListRow | null {
  const { body, region, deleted } = stored.now
  if (!isShown(row.kind) || deleted) return null
  const at = amount(body['enteredAt']) || madeAt(row.id)
  return {
    key: `${row.kind}/${row.id}`,
    kind: row.kind,
    id: row.id,
    region,
    title: recordTitle(row.kind, body),
    stage: stageOf(row.kind, body),
    on: text(body['happenedOn']) || text(body['on']) || text(body['takenOn']) || dayOf(at),
    at,
    count: row.kind === 'outreach' ? amount(body['attendances']) : 0,
    estimated: body['countedHow'] === 'estimated',
    dueOn: row.kind === 'dispute' && isLive(body) ? text(body['followUpDueOn']) || null : null,
    returned: returnedWhy(body),
    word: wordOf(stored, row.pending),
    pending: row.pending,
    ...(row.kind === 'attachment' ? { of: parentOf(body) } : {}),
  }
}
