import type { Id } from '#domain/id.ts'
import { effective } from '#sync/fold/effective.ts'
import type { RecordState } from '#sync/fold/state.ts'
import type { Op } from '#sync/protocol/op.ts'
import type { Standing } from '../record/stored.ts'

/** What the fold works on, from what the box holds. */
export const stateFrom = (kind: string, id: Id, standing: Standing): RecordState => ({
  kind,
  id,
  region: standing.region,
  rv: standing.rv,
  body: standing.body,
  fv: standing.fv,
  deleted: standing.deleted,
  ...(standing.losses && standing.losses.length > 0 ? { losses: standing.losses } : {}),
})

/** What the box holds, from what the fold gives. */
export const standingOf = (state: RecordState): Standing => ({
  rv: state.rv,
  region: state.region,
  body: state.body,
  fv: state.fv,
  deleted: state.deleted,
  ...(state.losses ? { losses: state.losses } : {}),
})

/** Who edits on this phone, for folding. */
export interface Author {
  person: Id
  device: number
}

/**
 * What is on screen of a record (I-5): the base with the waiting ops on top. A record the server refused to make shows what was
 * typed, refused ops included, because it would vanish otherwise.
 * @param waiting ops in the outbox, by `n`
 * @param refused ops the server did not accept, by `n`
 */
export function onScreen(
  base: Standing | null,
  kind: string,
  id: Id,
  waiting: readonly Op[],
  refused: readonly Op[],
  author: Author,
): Standing | null {
  const ops = base === null ? [...refused, ...waiting].sort((a, b) => a.n - b.n) : waiting
  const start = base === null ? null : stateFrom(kind, id, base)
  const { state } = effective(start, ops, author.person, author.device)
  return state === null ? null : standingOf(state)
}
