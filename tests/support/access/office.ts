import { sql } from 'drizzle-orm'
import type { Role } from '#domain/access/role.ts'
import type { Id } from '#domain/id.ts'
import { confirmCard, lookAtCard, makeCards } from '#server/accounts/cards.ts'
import { makeSetup } from '#server/accounts/desk-setup.ts'
import { giveFeedback } from '#server/accounts/feedback.ts'
import { makeInvitation } from '#server/accounts/invitations.ts'
import { claimInvitation } from '#server/accounts/live-entry.ts'
import type { Tx } from '#server/database/database.ts'
import { openDuty } from './duty.ts'
import { ALIKE, enrol, FAR, HOME, newCanary, OTHER, SIBLING, type Actor } from './cast.ts'
import { makeThing, ownedBy, uploadOf, type Thing } from './things.ts'
import type { AccessWorld } from './world.ts'

const RANDOM = 'AAAAAAAAAAAAAAAAAAAAAA'
const codeIn = (link: string): string => link.slice(link.indexOf('#') + 1)

/** What people of an office look after. */
export interface Office {
  refused: Thing[]
  phones: Thing[]
  people: Thing[]
  invitations: Thing[]
  cards: Thing[]
  uploads: Thing[]
  /** Disputes behind the closed door that are marked as dangerous, and requests to read such a one. */
  dangers: Thing[]
  requests: Thing[]
  /** Codes and secrets that open something to whoever holds them. */
  codes: { invitation: string; poll: string; fresh: string; card: string; kept: string; setup: string }
}

const PEOPLE: readonly (readonly [string, Role, string])[] = [
  ['of a mediator of a village', 'mediator', HOME],
  ['of a mediator of the next village', 'mediator', SIBLING],
  ['of a clerk of the town', 'clerk', '999901101'],
  ['of another coordinator of the town', 'coordinator', '999901101'],
  ['of a mediator of the next town', 'mediator', OTHER],
  ['of another coordinator of the county', 'coordinator', '999901'],
  ['of a mediator of a county of nearly that code', 'mediator', ALIKE],
  ['of a mediator of another county', 'mediator', FAR],
]

/** Ops that were not accepted; `office`: whether the office may look at them. */
function refusedOps(): Thing[] {
  const asked = (name: string, more: Partial<Thing> = {}) => makeThing(name, { office: true, ...more })
  return [
    asked('asked about'),
    makeThing('not asked about'),
    asked('not asked about, of an outreach session', { kind: 'outreach', lane: 'outreach' }),
    asked('asked about, behind the closed door', { lane: 'closed' }),
    asked('of the next town', { region: OTHER }),
    asked('of the county itself', { region: '999901000000' }),
    asked('of a county of nearly that code', { region: ALIKE }),
    asked('of another county', { region: FAR }),
  ]
}

async function keepRefused(world: AccessWorld, one: Thing, n: number, author: Actor): Promise<void> {
  const op = JSON.stringify({ e: [one.kind, one.id], k: 'patch', a: { facts: one.canary } })
  const askedAt = one.office && one.lane !== 'outreach' ? '2026-11-20T00:00:00Z' : null
  await world.own(sql`
    INSERT INTO op_refused (county, device, n, person, region, lane, op, code, state, at, asked_at, note)
    VALUES (${one.region.slice(0, 6)}, ${author.device}, ${n}, ${author.person}, ${one.region}, ${one.lane}, ${op}::jsonb, 'malformed',
            'rejected', now(), ${askedAt}, '')`)
}

async function refusedOf(world: AccessWorld): Promise<Thing[]> {
  const all = refusedOps()
  for (const [i, one] of all.entries()) {
    const author = world.guests.findLast(({ region }) => one.region.startsWith(region.slice(0, 6))) as Actor
    one.device = author.device
    one.words = [String(900_000 + i)]
    await keepRefused(world, one, 900_000 + i, author)
  }
  return all
}

async function phonesOf(tx: Tx, world: AccessWorld): Promise<Thing[]> {
  const phones: Thing[] = []
  for (const [name, role, region] of PEOPLE)
    phones.push(makeThing(name, ownedBy(await enrol(tx, world.context, [name, role, region, 'signed-in']))))
  return phones
}

async function invited(tx: Tx, world: AccessWorld, by: Actor, region: string, guest: Id) {
  const made = await makeInvitation(tx, world.context, by.person, {
    name: '示例',
    role: 'mediator',
    region,
    person: guest,
  })
  if (!made.ok) throw new Error(made.reason)
  const claim = { code: codeIn(made.value.link), random: RANDOM, deviceKey: null, device: null }
  const taken = await claimInvitation(tx, world.context, claim)
  if (!taken.ok) throw new Error(taken.reason)
  return { id: made.value.id, code: claim.code, poll: taken.value.poll }
}

const INVITERS = [
  ['coordinator of the town', SIBLING],
  ['coordinator of the county', SIBLING],
  ['administrator of the county', SIBLING],
  ['coordinator of another county', FAR],
  ['coordinator of a county of nearly that code', ALIKE],
] as const

async function invitationsOf(tx: Tx, world: AccessWorld) {
  const all: Thing[] = []
  let last = { code: '', poll: '' }
  for (const [name, region] of INVITERS) {
    const by = world.by(name)
    const guest = world.guests.find((one) => one.region === region) as Actor
    const made = await invited(tx, world, by, region, guest.person)
    const { rows } = await tx.execute<{ words: string[] }>(
      sql`SELECT to_json(words) AS words FROM invitation WHERE id = ${made.id}`,
    )
    all.push(makeThing(`of the ${name}`, { id: made.id, owner: by.person, words: rows[0]?.words ?? [] }))
    last = made
  }
  return { all, last }
}

async function cardOf(tx: Tx, world: AccessWorld, region: string, name: string) {
  const made = await makeCards(tx, world.context, null, [{ name, role: 'mediator', region }])
  const card = made.ok ? made.value[0] : undefined
  if (!card) throw new Error('no card')
  return card
}

async function cardsOf(tx: Tx, world: AccessWorld): Promise<Thing[]> {
  const all: Thing[] = []
  for (const [name, region] of [
    ['for a village', HOME],
    ['for the next town', OTHER],
    ['for a county of nearly that code', ALIKE],
    ['for another county', FAR],
  ] as const) {
    const one = makeThing(name, { region, role: 'mediator' })
    one.id = (await cardOf(tx, world, region, `人${one.canary}`)).id
    all.push(one)
  }
  return all
}

/** A card that waits, and one used up by the phone that asks again with the same; its person is open to whoever holds the code. */
async function usedCard(tx: Tx, world: AccessWorld) {
  const canary = newCanary()
  world.open.add(canary)
  const code = codeIn((await cardOf(tx, world, HOME, `人${canary}`)).link)
  const seen = await lookAtCard(tx, world.context, code)
  if (!seen.ok) throw new Error(seen.reason)
  const kept = seen.value.keep
  await confirmCard(tx, world.context, { code, kept, deviceKey: null, device: null })
  return { fresh: codeIn((await cardOf(tx, world, HOME, `人${canary}`)).link), card: code, kept }
}

async function complaints(tx: Tx, world: AccessWorld): Promise<Thing[]> {
  const all = [HOME, OTHER, ALIKE, FAR].map((region) =>
    makeThing('a complaint', { region, kind: 'feedback' }),
  )
  for (const { canary, region } of all)
    await giveFeedback(tx, world.context, { sort: 'complaint', text: canary, contact: canary, region })
  return all
}

/** Puts into the world what its offices look after; what they wrote stands among the records of its canaries. */
export async function openOffice(world: AccessWorld): Promise<Office & { told: Thing[] }> {
  const refused = await refusedOf(world)
  const made = await world.database.as('accounts', {}, async (tx) => {
    const phones = await phonesOf(tx, world)
    const { all, last } = await invitationsOf(tx, world)
    const setup = await makeSetup(
      tx,
      world.context,
      { person: world.by('coordinator of the town').person, by: null },
      '',
    )
    if (!setup.ok) throw new Error(setup.reason)
    const cards = await cardsOf(tx, world)
    const used = await usedCard(tx, world)
    const codes = { invitation: last.code, poll: last.poll, setup: setup.value.code, ...used }
    return { phones, invitations: all, cards, codes, told: await complaints(tx, world) }
  })
  world.open.add(world.by('coordinator of the town').canary)
  const uploads = await uploadsOf(world)
  const former = await world.database.as('accounts', {}, (tx) =>
    enrol(tx, world.context, ['', 'mediator', FAR, 'former']),
  )
  const { dangers, requests } = await openDuty(world, made.phones)
  const people = made.phones.map((one) => ({ ...one, name: one.name.replace(/^of /, '') }))
  people.push(makeThing('a mediator of another county whose post has ended', ownedBy(former)))
  return { ...made, refused, people, uploads, dangers, requests }
}

/** An upload begun from each of some phones; it stays begun, because it is said to be longer than what comes. */
async function uploadsOf(world: AccessWorld): Promise<Thing[]> {
  const names = [
    'mediator of the same village',
    'clerk of the town',
    'mediator of the next village',
    'mediator of another county',
  ]
  const all = names.map((name) => makeThing(`of the ${name}`, ownedBy(world.by(name))))
  for (const one of all)
    await world.own(sql`
      INSERT INTO upload (id, device, person, mime, size, created_at, touched_at)
      VALUES (${uploadOf(one)}, ${one.device}, ${one.owner}, 'image/jpeg', ${one.file.bytes.length + 1000}, now(), now())`)
  return all
}
