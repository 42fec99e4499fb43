import type { Lane } from '#domain/access/lane.ts'
import type { Role } from '#domain/access/role.ts'
import { holdsPost, type Actor } from './cast.ts'
import type { About } from './rules.ts'
import type { Thing } from './things.ts'

/** What a post shows whole, said again and by hand. */
const WHOLE: Readonly<Record<Role, readonly Lane[]>> = {
  mediator: ['casework', 'outreach', 'register'],
  understander: ['outreach', 'register'],
  clerk: ['casework', 'outreach', 'register'],
  coordinator: ['outreach', 'register'],
  administrator: ['register'],
  auditor: [],
}
const GIVES: Readonly<Partial<Record<Role, { here: readonly Role[]; below: readonly Role[] }>>> = {
  coordinator: { here: ['mediator', 'understander', 'clerk'], below: ['coordinator'] },
  administrator: {
    here: ['mediator', 'understander', 'clerk', 'coordinator'],
    below: ['administrator', 'auditor'],
  },
}
/** The name of the actor that single records are shared with, and which. */
const SHARED_WITH = 'mediator it was shared with'
export const SHARED = ['own', 'own, behind the closed door']

const isOver = (actor: Actor, region: string): boolean => holdsPost(actor) && region.startsWith(actor.region)
const isOwn = (actor: Actor, one: Thing): boolean => actor.person !== '' && one.recorder === actor.person
const isShared = (actor: Actor, one: Thing): boolean =>
  actor.name === SHARED_WITH && SHARED.includes(one.name)

function wholeByPost(actor: Actor, one: Thing): boolean {
  if (actor.role === null || one.lane === 'closed' || !isOver(actor, one.region)) return false
  return WHOLE[actor.role].includes(one.lane) || (actor.role === 'coordinator' && one.office)
}
/** Whether the whole of a record is theirs to read. */
export const seesWhole = (actor: Actor, one: Thing): boolean =>
  one.exists && (isOwn(actor, one) || isShared(actor, one) || wholeByPost(actor, one))

const isOnPhone = (actor: Actor): boolean => actor.role !== 'coordinator' && actor.role !== 'administrator'

function works(actor: Actor, one: Thing): boolean {
  if (isOwn(actor, one)) return true
  const roles: readonly (Role | null)[] =
    one.lane === 'outreach' ? ['mediator', 'understander', 'clerk', 'coordinator'] : ['mediator', 'clerk']
  // What is said of something that has been deleted meanwhile is taken, and changes nothing.
  return (
    seesWhole(actor, { ...one, exists: one.exists || one.name === 'deleted' }) &&
    roles.includes(actor.role) &&
    isOver(actor, one.region)
  )
}

function gives(actor: Actor, { role, region }: Pick<Thing, 'role' | 'region'>): boolean {
  const may = actor.role === null ? undefined : GIVES[actor.role]
  if (!may || !isOver(actor, region)) return false
  return may.here.includes(role) || (may.below.includes(role) && region.length > actor.region.length)
}

const sits = (actor: Actor, region: string): boolean => actor.role === 'coordinator' && isOver(actor, region)

/** What the words of the rules mean. */
export const REACH: Readonly<Record<About, (actor: Actor, one: Thing) => boolean>> = {
  themselves: () => true,
  'what they see': (actor, one) => one.exists && one.lane !== 'closed' && sits(actor, one.region),
  // What was handed to the office is the file itself; what hangs on it stays with the committee.
  'files they see whole': (actor, one) => seesWhole(actor, { ...one, office: false }),
  'a number in a case they see whole': (actor, one) => one.kind === 'dispute' && seesWhole(actor, one),
  'what their phone keeps': (actor, one) => seesWhole(actor, one) && (isOwn(actor, one) || isOnPhone(actor)),
  'what they work on': works,
  'a region of their desk': (actor, one) => one.exists && sits(actor, one.region),
  'a region of their desk in one county': (actor, one) => one.exists && sits(actor, one.region),
  'a refused op the office may see': (actor, one) => one.exists && one.office && sits(actor, one.region),
  'a county of theirs': (actor, one) => one.exists && sits(actor, one.region.slice(0, 6)),
  'a record of a county of theirs': (actor, one) => one.exists && sits(actor, one.region.slice(0, 6)),
  'a post they may give': gives,
  'a person they look after': (actor, one) => one.exists && gives(actor, one),
  'a phone they look after': (actor, one) => one.exists && gives(actor, one),
  'their own phone, and one they look after': (actor, one) =>
    one.exists && (one.owner === actor.person || gives(actor, one)),
  'a device of their own': (actor, one) => one.exists && one.owner === actor.person,
  'what they are told': (actor, one) => one.exists && one.owner === actor.person,
  'a file in danger of their places': (actor, one) => one.exists && sits(actor, one.region),
  'a request they may agree to': (actor, one) =>
    one.exists &&
    isOver(actor, one.region) &&
    (actor.role === 'coordinator' || actor.role === 'administrator'),
  'an invitation of theirs': (actor, one) => one.exists && one.owner === actor.person,
  'a card they could have made': (actor, one) => one.exists && gives(actor, one),
  'an upload of that phone': (actor, one) => one.exists && one.device === actor.device,
}
