import { holdsPost, type Actor } from './cast.ts'
import type { MayMeet } from './matrix.ts'
import type { Office } from './office.ts'
import { REACH, seesWhole, SHARED } from './reach.ts'
import type { Thing } from './things.ts'
import type { AccessWorld } from './world.ts'

const looksAfter = (actor: Actor, region: string): boolean =>
  holdsPost(actor) &&
  ['coordinator', 'administrator'].includes(actor.role ?? '') &&
  region.startsWith(actor.region)

/** Whether somebody may know that a record is or was there: what is shared by name is known to who decides about it. */
const knowsOf = (actor: Actor, one: Thing): boolean =>
  seesWhole(actor, { ...one, exists: true }) ||
  REACH['what they see'](actor, one) ||
  (SHARED.includes(one.name) && REACH['a record of a county of theirs'](actor, one))

/**
 * Every canary there is, and to whom it may be shown: what stands in a record to who sees the whole of it, what was refused to the office
 * that was asked, a name to its bearer and to whoever looks after the place, a complaint to the office of the place.
 */
export function canariesOf(
  world: AccessWorld,
  office: Office & { told: Thing[] },
): { known: Set<string>; mayMeet: MayMeet } {
  const rules = new Map<string, (actor: Actor) => boolean>()
  for (const one of world.records) {
    rules.set(one.canary, (actor) => seesWhole(actor, one))
    for (const id of [one.id, one.file.id]) rules.set(id, (actor) => knowsOf(actor, one))
  }
  for (const one of office.dangers) for (const word of [one.canary, one.id]) rules.set(word, () => false)
  for (const one of office.requests)
    rules.set(one.canary, (actor) => REACH['a request they may agree to'](actor, one))
  for (const one of office.refused)
    rules.set(
      one.canary,
      (actor) => one.lane !== 'closed' && REACH['a refused op the office may see'](actor, one),
    )
  for (const one of world.actors)
    rules.set(one.canary, (actor) => actor.person === one.person || looksAfter(actor, one.region))
  // They wrote what was refused, all over their county.
  for (const one of world.guests)
    rules.set(one.canary, (actor) => looksAfter({ ...actor, region: actor.region.slice(0, 6) }, one.region))
  for (const one of [...office.phones, ...office.cards, ...office.told])
    rules.set(one.canary, (actor) => looksAfter(actor, one.region))
  for (const one of world.open) rules.set(one, () => true)
  return { known: new Set(rules.keys()), mayMeet: (actor, canary) => rules.get(canary)?.(actor) === true }
}
