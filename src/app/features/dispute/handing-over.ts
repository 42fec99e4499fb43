import type { Dispute } from '#domain/dispute/dispute.ts'
import { isWithOffice, laneOf, type Body } from '#domain/record/kind.ts'
import { levelOf, type RegionCode } from '#domain/region/code.ts'
import type { Day } from '#domain/time/day.ts'
import type { Opened } from '#phone/api.ts'
import { authorise } from '#sync/authorise.ts'
import type { Op } from '#sync/protocol/op.ts'
import type { Me } from '#sync/protocol/wire.ts'

/** A place that a dispute can be handed to. */
export interface Place {
  code: RegionCode
  name: string
}

/** Villages and townships around this person's posts, but the one where the dispute is: what can be chosen without a network. */
export const placesToHandTo = (me: Pick<Me, 'regions'>, from: RegionCode): Place[] =>
  me.regions
    .filter(({ code }) => code !== from && ['village', 'township'].includes(levelOf(code) ?? ''))
    .map(({ code, name }) => ({ code, name }))

/**
 * Whether the server would let this person hand the dispute to another place: the same rule, asked here. What is open whole on this
 * phone may be seen whole; whether it may be changed depends on who recorded it and on posts.
 */
export function mayHandOver(
  me: Pick<Me, 'person' | 'grants'>,
  { id, region, body }: Pick<Opened, 'id' | 'region' | 'body'>,
  day: Day,
): boolean {
  const rights = { person: me.person, grants: me.grants, records: [{ id, from: day, to: null }] }
  const { recordedBy } = body as unknown as Dispute
  const placed = {
    id,
    region,
    lane: laneOf('dispute', body as Body),
    recorder: recordedBy,
    office: isWithOffice('dispute', body as Body),
  }
  const op: Op = {
    i: id,
    n: 1,
    k: 'dispute.transfer',
    v: 1,
    e: ['dispute', id],
    r: region,
    b: 0,
    a: {},
    t: [0, 0, 0],
  }
  return authorise(rights, op, placed, day).ok
}
