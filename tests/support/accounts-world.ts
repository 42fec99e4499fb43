import Fastify, { type FastifyInstance } from 'fastify'
import { sql } from 'drizzle-orm'
import type { Role } from '#domain/access/role.ts'
import type { Id } from '#domain/id.ts'
import { createAccounts, type AccountsOptions, type Accounts } from '#server/accounts/accounts.ts'
import { enterDevice } from '#server/accounts/devices.ts'
import { addPerson, appoint } from '#server/accounts/people.ts'
import { openSession } from '#server/accounts/sessions.ts'
import type { Database } from '#server/database/database.ts'
import { hashBodies } from '#server/http/device-proofs.ts'
import { register } from '#server/http/register.ts'
import { deskRoutes } from '#server/routes/desk.ts'
import { noteTurnedAway } from '#server/services/audit/turned-away.ts'
import { answerErrors } from '#server/http/errors.ts'
import { valibotCompiler } from '#server/http/validation.ts'
import { DEVICE_HEADER } from '#sync/protocol/device-header.ts'

export const COUNTY = '999901'
export const TOWN = '999901101'
export const OTHER_TOWN = '999901102'
export const VILLAGE = '999901101001'
export const OTHER_VILLAGE = '999901102001'

const REGIONS: readonly (readonly [string, string, string])[] = [
  ['999901000000', '示例县', '示例'],
  ['999901101000', '青石镇（示例）', '青石'],
  ['999901102000', '柳河镇（示例）', '柳河'],
  ['999901101001', '石桥村（示例）', '石桥'],
  ['999901101002', '北塘村（示例）', '北塘'],
  ['999901102001', '溪头村（示例）', '溪头'],
  ['999902000000', '另一示例县', '另一'],
]

/** What came back. `set`: cookies of this answer. */
export interface Asked {
  status: number
  body: Answer
  headers: Record<string, string | string[] | number | undefined>
  set: { name: string; value: string; maxAge?: number; domain?: string }[]
}

/** A browser as far as the accounts see one: it keeps its cookies. */
export class Browser {
  readonly cookies = new Map<string, string>()
  /** Which installation of it asks; null: it does not say. */
  speaksFor: number | null = null
  /** Somebody types addresses into it instead of using a page. */
  types = false
  private readonly app: FastifyInstance
  private readonly port: number

  constructor(app: FastifyInstance, port: number) {
    this.app = app
    this.port = port
  }

  /** Asks; `lose` throws the answer away on the line, cookies with it. */
  async ask(method: 'GET' | 'POST', path: string, body?: unknown, lose = false): Promise<Asked> {
    const answer = await this.app.inject({
      method,
      url: path,
      headers: {
        host: `localhost:${this.port}`,
        cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(this.types ? { 'sec-fetch-mode': 'navigate' } : {}),
        ...(this.speaksFor === null ? {} : { [DEVICE_HEADER]: String(this.speaksFor) }),
      },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    })
    if (!lose)
      for (const one of answer.cookies) {
        if (one.maxAge === 0) this.cookies.delete(one.name)
        else this.cookies.set(one.name, one.value)
      }
    return {
      status: answer.statusCode,
      body: answer.json<Record<string, never>>() as never as Answer,
      headers: answer.headers,
      set: answer.cookies,
    }
  }

  get = (path: string, lose = false) => this.ask('GET', path, undefined, lose)
  post = (path: string, body: unknown = {}, lose = false) => this.ask('POST', path, body, lose)
  copy(): Browser {
    const other = new Browser(this.app, this.port)
    for (const [name, value] of this.cookies) other.cookies.set(name, value)
    return other
  }
}

// Answers are looked into by tests of every shape.
// oxlint-disable-next-line typescript/no-explicit-any
type Answer = any

export interface AccountsWorld {
  accounts: Accounts
  database: Database
  clock: { at: number }
  /** What its sessions and codes are keyed with, for another server on its database. */
  secret: string
  /** A browser nobody has signed in on; the port matters in the demo only. */
  browser(port?: number): Browser
  /** A person with posts, and a browser on which they are signed in and have just shown a second factor. */
  person(
    name: string,
    posts: readonly (readonly [Role, string])[],
  ): Promise<{ id: Id; device: number; browser: Browser }>
  /** Where it answers on the network, from the first call on. */
  origin(): Promise<string>
  /** What the tables of the accounts hold. */
  rows(statement: ReturnType<typeof sql>): Promise<Record<string, unknown>[]>
  /** The log of the county, as its auditor reads it. */
  log(): Promise<Record<string, unknown>[]>
  close(): Promise<void>
}

const START = Date.parse('2026-05-08T09:00:00+08:00')
const MAIN_PORT = 8080
const SECRET = 'q8Zr5kPw2Ls9XvBn4Tj7Hd3Fg6Mc1Ye0'

/** A county of two towns on a database, with accounts served as the real server serves them. */
export async function accountsWorld(
  database: Database,
  options: { demo?: boolean } = {},
): Promise<AccountsWorld> {
  await database.as('accounts', {}, async (tx) => {
    for (const [code, name, short] of REGIONS)
      await tx.execute(
        sql`INSERT INTO region (code, name, short) VALUES (${code}, ${name}, ${short}) ON CONFLICT DO NOTHING`,
      )
  })
  return node(database, { at: START }, options.demo ?? false)
}

/** What a server process is configured with. */
type Secrets = Pick<AccountsOptions, 'secret' | 'secretsBefore'>

async function node(
  database: Database,
  clock: { at: number },
  demo: boolean,
  secrets: Secrets = { secret: SECRET },
): Promise<AccountsWorld> {
  const accounts = createAccounts(
    database,
    {
      ...secrets,
      origin: 'https://mingbai.test',
      sponsor: '示例县司法局',
      filingNo: '示例备 0000 号',
      demo,
      clock: () => clock.at,
    },
    () => MAIN_PORT,
  )
  const app = Fastify({ logger: false })
  app.setValidatorCompiler(valibotCompiler as never)
  answerErrors(app)
  hashBodies(app)
  accounts.attach(app)
  const desk = deskRoutes({ database, clock: () => clock.at })
  register(app, [...accounts.routes, ...desk], {
    identity: accounts.identity,
    clock: () => clock.at,
    metricsToken: '',
    noteTurnedAway: noteTurnedAway(database, () => clock.at),
  })
  await app.ready()
  const browser = (port = MAIN_PORT) => new Browser(app, port)
  const { context } = accounts
  let listening: Promise<string> | null = null
  return {
    accounts,
    database,
    clock,
    secret: secrets.secret,
    browser,
    async person(name, posts) {
      return database.as('accounts', {}, async (tx) => {
        const id = await addPerson(tx, context, name)
        for (const [role, region] of posts) await appoint(tx, context, id, role, region)
        const device = await enterDevice(tx, context, {
          person: id,
          sort: 'phone',
          state: 'confirmed',
          publicKey: null,
          known: null,
        })
        const token = await openSession(tx, clock.at, {
          person: id,
          device,
          sort: 'phone',
          provedAt: clock.at,
        })
        const own = browser()
        own.cookies.set(demo ? `__Host-mb-${MAIN_PORT}` : '__Host-mb', token)
        return { id, device, browser: own }
      })
    },
    origin: () => (listening ??= app.listen({ port: 0, host: '127.0.0.1' })),
    rows: (statement) =>
      database.as('accounts', {}, async (tx) => (await tx.execute<Record<string, unknown>>(statement)).rows),
    log: () =>
      database.as(
        'app',
        { audit: COUNTY },
        async (tx) => (await tx.execute<Record<string, unknown>>(sql`SELECT * FROM audit ORDER BY seq`)).rows,
      ),
    close: () => app.close(),
  }
}

/** Another server process on the same database and clock. */
export const anotherNode = (world: AccountsWorld, secrets?: Secrets): Promise<AccountsWorld> =>
  node(world.database, world.clock, world.accounts.context.demo, secrets)
