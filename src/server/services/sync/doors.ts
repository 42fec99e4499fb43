import * as v from 'valibot'
import { IdSchema, type Id } from '#domain/id.ts'
import { closingFlagsOf } from '#domain/record/kind.ts'
import { destinationOf } from '#sync/catalogue/transfer.ts'
import { fold } from '#sync/fold/fold.ts'
import type { Op } from '#sync/protocol/op.ts'
import type { RecordKey } from '../../repositories/sync/tables.ts'
import { countyOfRecord, keyOf, place, type StoredRecord } from './stored.ts'

// A dispute's flags close a door, and its meetings and files stand behind the same one. Phones write the flags into each record, but
// somebody may add a meeting while somebody else, elsewhere, closes the door: only the server sees both.

type Body = Record<string, unknown>

const PARENTS: readonly unknown[] = ['dispute', 'meeting']
const BY_FLAGS = ['meeting', 'attachment']

/** What a meeting or a file belongs to, if that may have a door; null: nothing. */
export function parentOf(kind: string, body: Body): RecordKey | null {
  const of = kind === 'meeting' ? ['dispute', body['dispute']] : kind === 'attachment' ? body['of'] : null
  // Asked before the op is judged: what is no id would stop the whole push in the database, with everything else in it.
  if (!Array.isArray(of) || !PARENTS.includes(of[0]) || !v.is(IdSchema, of[1])) return null
  return { kind: of[0] as string, id: of[1] as Id }
}

/** Records whose door an op may be behind, as far as the op itself says. */
export const parentNamed = (op: Op): RecordKey | null =>
  BY_FLAGS.includes(op.e[0]) && (op.k === 'create' || op.k === 'attachment.add')
    ? parentOf(op.e[0], op.a)
    : null

/** Whether an op closes a door that other records stand behind. */
export const closes = (op: Op): boolean => PARENTS.includes(op.e[0]) && closingFlagsOf(op.a).length > 0

/** Whether an op may close a door that other records stand behind, or bring one to where they are. */
export const mayClose = (op: Op): boolean =>
  closes(op) || (PARENTS.includes(op.e[0]) && destinationOf(op) !== null)

/** Whether an op may take a record out from behind a door, or bring it to where its door is. */
export const mayOpen = (op: Op): boolean =>
  BY_FLAGS.includes(op.e[0]) && ((op.k === 'patch' && 'flags' in op.a) || destinationOf(op) !== null)

const lacking = (one: StoredRecord, flags: readonly string[]): string[] => {
  const own = closingFlagsOf(one.state.body)
  return flags.filter((flag) => !own.includes(flag))
}

export interface Moment {
  /** Epoch ms. */
  at: number
  /** Lowest version number of this history's generation. */
  firstRv: number
}

/** The record with these flags besides its own, one version on; null: it has them, or cannot take them. */
function raised(one: StoredRecord, flags: readonly string[], { at, firstRv }: Moment): StoredRecord | null {
  if (one.state.deleted || lacking(one, flags).length === 0) return null
  const { kind, id, region, body } = one.state
  const own = Array.isArray(body['flags']) ? (body['flags'] as string[]) : []
  const rv = Math.max(one.state.rv + 1, firstRv)
  const op: Op = {
    i: id,
    n: 1,
    k: 'patch',
    v: 1,
    e: [kind, id],
    r: region,
    b: one.state.rv,
    a: { flags: [...new Set([...own, ...flags])].toSorted() },
    t: [0, 0, 0],
  }
  const context = { author: null, device: 0, n: 0, base: one.state.rv, at, receivedAt: at, rv }
  const done = fold(one.state, op, context)
  return done?.ok ? place({ ...done.value.state, rv }, one.recorder) : null
}

/**
 * What follows for doors from one change: the changed record goes behind the door of what it belongs to, and what belongs to it follows
 * through a door that has just closed. A door that opens opens for each record by its own op only.
 * @param before the record before the change; null: there was none
 * @param all every record that is known, as it is now
 * @returns records as they are after it; none when nothing follows
 */
export function behindDoors(
  before: StoredRecord | null,
  after: StoredRecord,
  all: ReadonlyMap<string, StoredRecord>,
  moment: Moment,
): StoredRecord[] {
  const key = parentOf(after.state.kind, after.state.body)
  const parent = key && all.get(keyOf(key.kind, key.id))
  const self = parent ? raised(after, closingFlagsOf(parent.state.body), moment) : null
  const now = self ?? after
  // Who stayed where it comes to has seen nothing of it yet.
  const isHere = before !== null && countyOfRecord(before) === countyOfRecord(after)
  const was = isHere ? closingFlagsOf(before.state.body) : []
  const news = closingFlagsOf(now.state.body).filter((flag) => !was.includes(flag))
  const follow = news.length === 0 || !PARENTS.includes(now.state.kind) ? [] : [...all.values()]
  const own = keyOf(now.state.kind, now.state.id)
  const children = follow.flatMap((child): StoredRecord[] => {
    const of = parentOf(child.state.kind, child.state.body)
    if (!of || keyOf(of.kind, of.id) !== own) return []
    const moved = raised(child, closingFlagsOf(now.state.body), moment)
    return moved ? [moved, ...behindDoors(child, moved, new Map([...all, [own, now]]), moment)] : []
  })
  return [...(self ? [self] : []), ...children]
}
