import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import type { Id } from '#domain/id.ts'
import { createAccounts } from '#server/accounts/accounts.ts'
import type { AccountsContext } from '#server/accounts/context.ts'
import { scopeRevOf } from '#server/accounts/me.ts'
import { buildApp } from '#server/app.ts'
import { composeRoutes } from '#server/compose.ts'
import { configFrom } from '#server/config.ts'
import type { Database } from '#server/database/database.ts'
import { plant } from '../desk/desk-world.ts'
import { NOW } from '../server-world.ts'
import { ALIKE, enrol, enrolAll, FAR, HOME, newCanary, REGIONS, SIBLING, type Actor } from './cast.ts'
import { SHARED } from './reach.ts'
import { boundToParty } from '#domain/privacy/id-number.ts'
import { sealForServer } from '#phone/seal/field-box.ts'
import { fieldKeysFrom, publicFieldKey } from '#server/privacy/field-keys.ts'
import { makeRecords, makeThing, plantedOf, type Thing } from './things.ts'

export const TODAY = '2026-11-21'
const SECRET = 'q8Zr5kPw2Ls9XvBn4Tj7Hd3Fg6Mc1Ye0'

export interface AccessWorld {
  database: Database
  context: AccountsContext
  app: FastifyInstance
  actors: Actor[]
  /** People nobody asks as: one for each county, whom records may be shared with; the first is of the next village. */
  guests: Actor[]
  records: Thing[]
  /** What may be shown to anybody. */
  open: Set<string>
  /** Log lines since they were last looked at. */
  log: string[]
  by(name: string): Actor
  send(actor: Actor | null, options: InjectOptions): Promise<LightMyRequestResponse>
  /** Runs a statement as the owner of the tables. */
  own(statement: ReturnType<typeof sql>): Promise<Record<string, unknown>[]>
  close(): Promise<void>
}

/** Asks as somebody from elsewhere than this machine. */
const asked = (actor: Actor | null, options: InjectOptions): InjectOptions => ({
  ...options,
  remoteAddress: '10.9.8.7',
  headers: {
    host: 'mingbai.test',
    ...(actor && actor.token !== '' ? { cookie: `__Host-mb=${actor.token}` } : {}),
    ...(options.payload === undefined ? {} : { 'content-type': 'application/json' }),
    ...options.headers,
  },
})

async function build(database: Database, folder: string, log: string[]) {
  const config = configFrom({
    MINGBAI_DEMO: '1',
    MINGBAI_FILES: folder,
    MINGBAI_ORIGIN: 'https://mingbai.test',
  })
  const options = {
    secret: SECRET,
    origin: 'https://mingbai.test',
    sponsor: '',
    filingNo: '',
    demo: false,
    clock: () => NOW,
  }
  const accounts = createAccounts(database, options, () => 8080)
  const app = await buildApp({
    config,
    version: '0.0.0',
    database,
    clock: () => NOW,
    secret: SECRET,
    identity: accounts.identity,
    routes: [
      ...accounts.routes,
      ...(await composeRoutes({ config, database, clock: () => NOW, demo: null })),
    ],
    attach: (one) => accounts.attach(one),
    appFolder: '/nowhere',
    isStopping: () => false,
    mainPort: () => 8080,
    logStream: { write: (line) => void log.push(line) },
  })
  return { app, context: accounts.context }
}

async function people(database: Database, context: AccountsContext) {
  return database.as('accounts', {}, async (tx) => {
    for (const [code, name] of REGIONS)
      await tx.execute(sql`INSERT INTO region (code, name, short) VALUES (${code}, ${name}, ${name})`)
    const actors = await enrolAll(tx, context)
    const guests: Actor[] = []
    for (const region of [SIBLING, ALIKE, FAR, HOME])
      guests.push(await enrol(tx, context, [`guest of ${region}`, 'mediator', region, 'signed-in']))
    return { actors, guests }
  })
}

/** Somebody of the register, who hangs on the village's wall with name and number: open to all. */
function helper(canary: string) {
  const post = { as: 'mediator', organisation: null, member: true, from: '2020-01-01', to: null }
  return {
    id: makeThing('').id,
    kind: 'register.person',
    region: HOME,
    body: { name: `人${canary}`, woman: null, phone: '', posts: [post] },
  }
}

/** Three counties with people and records in every place a right begins or ends at, served as in production. */
export async function openAccessWorld(database: Database): Promise<AccessWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'mb-access-'))
  const log: string[] = []
  const { app, context } = await build(database, folder, log)
  const { actors, guests } = await people(database, context)
  const by = (name: string) => actors.find((one) => one.name === name) as Actor
  const records = makeRecords(by('mediator who recorded it').person, (guests[3] as Actor).person)
  const helping = newCanary()
  const key = publicFieldKey(fieldKeysFrom([SECRET]))
  for (const one of records.filter(({ kind }) => kind === 'dispute'))
    one.number = await sealForServer(crypto, key, boundToParty(one.id, one.id), one.canary)
  await plant(database, [...records.flatMap((one) => plantedOf(one, folder)), helper(helping)])
  const own = (statement: ReturnType<typeof sql>) =>
    database.as('owner', {}, async (tx) => (await tx.execute<Record<string, unknown>>(statement)).rows)
  // Of each something was replaced unseen, so that the desk has to look at it.
  for (const one of records)
    await own(sql`INSERT INTO field_loss (county, kind, id, field, rv, value, who, at)
      VALUES (${one.region.slice(0, 6)}, ${one.kind}, ${one.id}, 'place', 1, to_jsonb(${one.canary}::text), ${guests[3]?.device ?? 1}, now())`)
  for (const one of records.filter(({ exists }) => !exists))
    await own(sql`UPDATE record SET deleted = true WHERE id IN (${one.id}, ${one.file.id})`)
  const share = (person: Id, record: Id) =>
    own(
      sql`INSERT INTO record_grant (person, record, from_day, county, kind) VALUES (${person}, ${record}, '2026-01-01', '999901', 'dispute')`,
    )
  for (const one of records.filter(({ name }) => SHARED.includes(name)))
    for (const id of [one.id, one.file.id]) await share(by('mediator it was shared with').person, id)
  // So that who they are is not told with every exchange; that has an operation of its own.
  await database.as('accounts', {}, async (tx) => {
    for (const one of actors) if (one.person !== '') one.rev = await scopeRevOf(tx, one.person, TODAY)
  })
  return {
    database,
    context,
    app,
    actors,
    guests,
    records,
    open: new Set([helping]),
    log,
    by,
    send: (actor, options) => app.inject(asked(actor, options)),
    own,
    async close() {
      await app.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
