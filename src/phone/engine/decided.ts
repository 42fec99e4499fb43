import { localContext } from '#sync/fold/effective.ts'
import { fold, isAside } from '#sync/fold/fold.ts'
import type { Decided } from '#sync/engine/ports.ts'
import type { Context } from '../notebook/context.ts'
import { stateFrom, standingOf } from '../notebook/standing.ts'
import type { Standing } from '../record/stored.ts'

const TAKEN: readonly string[] = ['ok', 'merged']
const NOT_TAKEN: readonly string[] = ['rejected', 'quarantined']
const PARKED: readonly string[] = ['blocked', 'later']

export const isTaken = ({ ack }: Decided): boolean => TAKEN.includes(ack[1])
export const isBlocked = ({ ack }: Decided): boolean => ack[1] === 'blocked'
/** It stays in the outbox. */
export const isParked = ({ ack }: Decided): boolean => PARKED.includes(ack[1])
/** It leaves the outbox. */
export const isFinal = ({ ack }: Decided): boolean => TAKEN.includes(ack[1]) || NOT_TAKEN.includes(ack[1])
/** What an author said of a refused op asks for no decision of theirs, whatever the server made of it. */
export const needsAuthor = ({ ack, op }: Decided): boolean => NOT_TAKEN.includes(ack[1]) && !isAside(op)
/** Nothing more is to be done about it. */
export const isDone = (one: Decided): boolean => isFinal(one) && !needsAuthor(one)

/**
 * Folds a taken op into the base until the server's own row comes. The version stays the old one: others' changes that the server
 * has in between were not seen here (I-24), and the row that brings them must still be newer. One that had made an earlier version
 * than the base is in it already: taken from a backup, it was handed in once more and has its old receipt.
 */
export function taken(base: Standing | null, { ack, op }: Decided, ctx: Context): Standing | null {
  const [, , , madeVersion] = ack
  if (base && madeVersion > 0 && madeVersion <= base.rv) return base
  const [kind, id] = op.e
  const context = localContext(op, ctx.me?.person ?? null, ctx.identity?.device ?? 0)
  const done = fold(base ? stateFrom(kind, id, base) : null, op, context)
  return done?.ok ? { ...standingOf(done.value.state), rv: base?.rv ?? 0 } : base
}
