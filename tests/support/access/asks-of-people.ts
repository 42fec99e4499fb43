import { sql } from 'drizzle-orm'
import { get, json, type Ask } from './ask.ts'
import { ALIKE, FAR, HOME, OTHER, type Actor } from './cast.ts'
import type { Office } from './office.ts'
import { makeThing, POSTS, type Thing } from './things.ts'
import type { AccessWorld } from './world.ts'

/** A village that somebody of an office may invite into, so that only the person decides. */
const villageOf = ({ region }: Actor): string =>
  [HOME, OTHER, ALIKE, FAR].find((one) => region !== '' && one.startsWith(region)) ?? HOME

const missing = makeThing('not there', { exists: false, device: 99_999_999 })

/** Refused ops, as the desk decides about them. */
export const asksOfRefused = (world: AccessWorld, { refused }: Office): Ask[] => {
  const name = (one: Thing) => ({
    county: one.region.slice(0, 6),
    device: one.device,
    n: Number(one.words[0] ?? 1),
  })
  const at = (one: Thing) => sql`device = ${one.device} AND n = ${Number(one.words[0] ?? 1)}`
  return [
    {
      operation: 'POST /api/desk/refused',
      things: refused,
      missing,
      send: (_actor, one) =>
        json('POST', '/api/desk/refused', { ...name(one), decision: 'noted', answer: '' }),
      look: (one) => world.own(sql`SELECT state, decision FROM op_refused WHERE ${at(one)}`),
      mend: (one) =>
        world.own(
          sql`UPDATE op_refused SET state = 'rejected', decision = NULL, decided_at = NULL WHERE ${at(one)}`,
        ),
    },
  ]
}

/** Phones, as whoever looks after their people decides about them. */
export const asksOfPeoplesPhones = (world: AccessWorld, { phones }: Office): Ask[] => {
  const look = (one: Thing) => world.own(sql`SELECT state FROM device WHERE id = ${one.device}`)
  const restore = (state: string) => async (one: Thing) => {
    await world.own(sql`DELETE FROM device_order WHERE device = ${one.device}`)
    await world.own(sql`UPDATE device SET state = ${state} WHERE id = ${one.device}`)
    await world.own(
      sql`UPDATE session SET ended_at = NULL, ended_for = NULL WHERE device = ${one.device} AND ended_for = 'revoked'`,
    )
  }
  const own = ['mediator of the same village', 'coordinator of the town'].map((name) => {
    const { person, device, role, region } = world.by(name)
    return makeThing(`the ${name}'s`, { owner: person, device, region, role: role ?? 'mediator' })
  })
  return [
    {
      operation: 'POST /api/devices/confirm',
      things: phones,
      missing,
      send: (_actor, one) => json('POST', '/api/devices/confirm', { device: one.device }),
      look,
      mend: restore('confirmed'),
    },
    {
      operation: 'POST /api/devices/order',
      things: phones,
      missing,
      send: (_actor, one) => json('POST', '/api/devices/order', { device: one.device, order: 'lock' }),
      look: (one) => world.own(sql`SELECT sort FROM device_order WHERE device = ${one.device}`),
      mend: (one) => world.own(sql`DELETE FROM device_order WHERE device = ${one.device}`),
    },
    {
      operation: 'POST /api/devices/revoke',
      things: [...phones, ...own],
      missing,
      send: (_actor, one) => json('POST', '/api/devices/revoke', { device: one.device }),
      look,
      mend: restore('confirmed'),
    },
  ]
}

/** People who leave office. */
export const asksOfLeaving = (world: AccessWorld, { people }: Office): Ask[] => {
  const personOf = (one: Thing) => (one.owner === '' ? one.id : one.owner)
  return [
    {
      operation: 'POST /api/people/leave',
      // Whoever has left has nothing more to end, whoever asks.
      things: people.filter(({ name }) => !name.endsWith('has ended')),
      missing,
      send: (_actor, one) => json('POST', '/api/people/leave', { person: personOf(one) }),
      look: (one) =>
        world.own(sql`
          SELECT a.state, g.role, g.region, g.to_day::text FROM account a JOIN role_grant g ON g.person = a.person
          WHERE a.person = ${personOf(one)} ORDER BY 2, 3, 4`),
      mend: async (one) => {
        const person = personOf(one)
        await world.own(sql`UPDATE account SET state = 'active' WHERE person = ${person}`)
        await world.own(sql`UPDATE role_grant SET to_day = NULL WHERE person = ${person}`)
        await world.own(sql`
          UPDATE session SET ended_at = NULL, ended_for = NULL WHERE person = ${person} AND ended_for = 'revoked'`)
        await world.own(sql`
          DELETE FROM device_order USING device d JOIN account a ON a.id = d.account
          WHERE device_order.device = d.id AND a.person = ${person}`)
      },
    },
  ]
}

/** Invitations and cards. */
export const asksOfInvitations = (world: AccessWorld, office: Office): Ask[] => {
  const id = (one: Thing) => one.id
  const stateIn = (table: string) => (one: Thing) =>
    world.own(sql`SELECT state FROM ${sql.identifier(table)} WHERE id = ${one.id}`)
  // The phone that waits is another each time: it has a token of its own.
  const reset = (one: Thing) =>
    world.own(
      sql`UPDATE invitation SET state = 'pending', device = NULL, token_hash = gen_random_uuid()::text WHERE id = ${one.id}`,
    )
  const invite = (one: { role: string; region: string }, person: string | null) =>
    json('POST', '/api/invitations', { name: '示例', role: one.role, region: one.region, person })
  return [
    {
      operation: 'POST /api/invitations',
      part: 'post',
      things: POSTS,
      send: (_actor, one) => invite(one, null),
    },
    {
      operation: 'POST /api/invitations',
      part: 'person',
      things: office.people,
      missing,
      send: (actor, one) =>
        invite({ role: 'mediator', region: villageOf(actor) }, one.owner === '' ? one.id : one.owner),
    },
    {
      operation: 'POST /api/invitations/confirm',
      things: office.invitations,
      missing: { ...missing, words: ['一', '二', '三'] },
      send: (_actor, one) => json('POST', '/api/invitations/confirm', { id: id(one), words: one.words }),
      look: stateIn('invitation'),
      mend: reset,
    },
    {
      operation: 'POST /api/invitations/void',
      things: office.invitations,
      missing,
      send: (_actor, one) => json('POST', '/api/invitations/void', { id: id(one) }),
      look: stateIn('invitation'),
      mend: reset,
    },
    {
      operation: 'POST /api/cards',
      things: POSTS.filter(({ role }) => role === 'mediator'),
      send: (_actor, { role, region }) =>
        json('POST', '/api/cards', { people: [{ name: '示例', role, region }] }),
    },
    {
      operation: 'POST /api/cards/void',
      things: office.cards,
      missing,
      send: (_actor, one) => json('POST', '/api/cards/void', { id: id(one) }),
      look: stateIn('card'),
      mend: (one) => world.own(sql`UPDATE card SET state = 'open' WHERE id = ${one.id}`),
    },
  ]
}

const LOGIN = { username: 'nobody', password: 'x', code: '1', device: null }
/** What a locked phone sends when nothing waits. */
const DROPPED = { app: '0.1.0', t: 0, stat: { recs: 0, dead: 0, blobs: 0 }, ops: [] }
const FEEDBACK = { sort: 'suggestion', text: '示例', contact: '', region: null }

/** What is only about who asks, and what is open to all. @param item a content item's name and code, and the pack's file */
export const asksOfAll = (
  world: AccessWorld,
  { codes }: Office,
  item: { slug: string; code: string; file: string; stylesheet: string },
): Ask[] => {
  const reading = (path: string, url = path): Ask => ({ operation: `GET ${path}`, send: () => get(url) })
  const posting = (path: string, body: object, mend?: Ask['mend']): Ask => ({
    operation: `POST ${path}`,
    send: () => json('POST', path, body),
    ...(mend ? { mend } : {}),
  })
  const comeBack: Ask['mend'] = (_one, { person, standing }) =>
    person === '' || standing === 'ended'
      ? Promise.resolve()
      : world.own(
          sql`UPDATE session SET ended_at = NULL, ended_for = NULL WHERE person = ${person} AND ended_for = 'logout'`,
        )
  return [
    ...[
      '/',
      '/c',
      '/e',
      '/trust',
      '/trust/en',
      '/api/content/index.json',
      '/api/demo',
      '/api/health',
      '/api/metrics',
      '/api/openapi.json',
    ].map((path) => reading(path)),
    ...[
      '/api/ready',
      '/api/me',
      '/api/me/devices',
      '/api/people',
      '/api/invitations',
      '/api/emergencies',
      '/api/feedback',
    ].map((path) => reading(path)),
    posting('/api/devices/obeyed', { n: 1 }),
    reading('/help', `/help?village=${HOME}`),
    reading('/c/{name}', `/c/${item.slug}`),
    reading('/c/{name}/poster', `/c/${item.slug}/poster`),
    reading('/s/{name}', `/s/${item.code}`),
    reading('/api/content/{file}', `/api/content/${item.file}`),
    reading(item.stylesheet),
    reading('/api/sync/v1/head', '/api/sync/v1/head?c=999901,999902'),
    reading('/api/sync/v1/dropbox'),
    { ...posting('/api/sync/v1/dropbox', DROPPED), part: 'session' },
    {
      operation: 'POST /api/sync/v1/dropbox',
      // By the word of a phone everybody is answered alike, whoever is signed in beside it.
      send: () => ({
        ...json('POST', '/api/sync/v1/dropbox', DROPPED),
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${world.context.dropbox.tokenOf(world.by('mediator who recorded it').device)}`,
        },
      }),
    },
    posting('/api/entry/invitation', { code: codes.invitation, random: 'AAAAAAAAAAAAAAAAAAAAAA' }),
    posting('/api/entry/invitation/state', { poll: codes.poll }),
    posting('/api/entry/card', { code: codes.fresh }),
    posting('/api/entry/card/confirm', { code: codes.card, kept: codes.kept }),
    posting('/api/entry/demo', { device: null }),
    posting('/api/login', LOGIN, () => world.own(sql`DELETE FROM login_guard`)),
    posting('/api/logout', {}, comeBack),
    posting('/api/setup', { code: codes.setup }),
    posting('/api/setup/finish', { code: codes.setup, username: 'chen', password: 'x', totp: '1' }),
    posting('/api/setups', {}),
    posting('/api/feedback', FEEDBACK, () => world.own(sql`DELETE FROM feedback WHERE body = '示例'`)),
  ]
}
