import { randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { sql } from 'drizzle-orm'
import type { FastifyInstance } from 'fastify'
import type { Grant, RecordGrant, Rights } from '#domain/access/grant.ts'
import { ROLES, type Role } from '#domain/access/role.ts'
import { answerLines, type AnswerLine } from '#sync/engine/answer-lines.ts'
import {
  EXCHANGE_PATH,
  type Ack,
  type DigestLine,
  type ExchangeRequest,
  type HelloLine,
  type ListLine,
  type Me,
  type PageLine,
  type RowsLine,
} from '#sync/protocol/wire.ts'
import { buildApp } from '#server/app.ts'
import type { Caller } from '#server/accounts/identity.ts'
import { configFrom } from '#server/config.ts'
import type { Database } from '#server/database/database.ts'
import type { RouteDefinition } from '#server/routes/route.ts'

export const COUNTY = '999901'
export const VILLAGE = '999901101001'
export const OTHER_VILLAGE = '999901101002'
/** 2026-11-21, 10:00 in Beijing. */
export const NOW = Date.UTC(2026, 10, 21, 2)

export const grantsOf = (
  role: Role,
  region: string,
  from = '2020-01-01',
  to: string | null = null,
): Grant[] =>
  ROLES[role].grants.map((one) => ({ role, region, lanes: [...one.lanes], view: one.view, from, to }))

/** Somebody with a phone, as the server's identity port tells of them. */
export interface Phone {
  person: string
  device: number
  rights: Rights
  provisional: boolean
  scopeRev: number
  /** Last number used. */
  n: number
}

export interface Answered {
  status: number
  hello: HelloLine | null
  acks: Ack[]
  ackFloor: number
  pages: PageLine[]
  digests: DigestLine[]
  lists: ListLine[]
  wanted: RowsLine[]
  /** Whether the end line came, counted right, and echoed the pushed batch. */
  whole: boolean
  bytes: number
  text: string
}

const me = (phone: Phone): Me => ({
  person: phone.person,
  name: '示例',
  mark: 'A',
  provisional: phone.provisional,
  posts: [],
  grants: [...phone.rights.grants],
  regions: [],
  contacts: [],
  sponsor: '',
  filingNo: '',
})

export class ServerWorld {
  now = NOW
  readonly phones = new Map<number, Phone>()
  readonly log: string[] = []
  readonly database: Database
  app!: FastifyInstance

  constructor(database: Database) {
    this.database = database
  }

  /** A server over a database, with callers named by a header instead of a session. */
  static async open(
    database: Database,
    routes: readonly RouteDefinition[] = [],
    env: Record<string, string> = {},
  ): Promise<ServerWorld> {
    const world = new ServerWorld(database)
    world.app = await buildApp({
      config: configFrom({ MINGBAI_DEMO: '1', ...env }),
      version: '0.0.0',
      database,
      clock: () => world.now,
      secret: 'a secret of this world only, long enough',
      identity: {
        identify: async (request) => world.#callerOf(String(request.headers['x-test-device'])),
        recent: async (request) => world.#callerOf(String(request.headers['x-test-device'])),
      },
      routes,
      appFolder: '/nowhere',
      isStopping: () => false,
      mainPort: () => 8080,
      logStream: { write: (line) => void world.log.push(line) },
    })
    return world
  }

  #callerOf(device: string): Caller | null {
    const phone = this.phones.get(Number(device))
    return phone ? { ...phone, me: async () => me(phone) } : null
  }

  /** A person with rights and a confirmed phone of their own. */
  async phone(
    grants: readonly Grant[],
    records: readonly RecordGrant[] = [],
    person: string = randomUUID(),
  ): Promise<Phone> {
    const device = await this.database.as('accounts', {}, async (tx) => {
      await tx.execute(sql`INSERT INTO person (id, name) VALUES (${person}, '示例')`)
      await tx.execute(sql`INSERT INTO account (id, person) VALUES (${person}, ${person})`)
      const { rows } = await tx.execute<{ id: number }>(
        sql`INSERT INTO device (account, state, village) VALUES (${person}, 'confirmed', ${VILLAGE}) RETURNING id`,
      )
      return rows[0]?.id ?? 0
    })
    const phone: Phone = {
      person,
      device,
      rights: { person, grants, records },
      provisional: false,
      scopeRev: 1,
      n: 0,
    }
    this.phones.set(device, phone)
    return phone
  }

  request(phone: Phone, more: Partial<ExchangeRequest> = {}): ExchangeRequest {
    return {
      p: 1,
      app: '0.1.0',
      dev: phone.device,
      epoch: null,
      scopeRev: phone.scopeRev,
      t: this.now,
      mono: 1,
      stat: { out: more.push?.ops.length ?? 0, oldest: 0, dead: 0, blobs: 0 },
      ...more,
    }
  }

  async post(phone: Phone | null, body: unknown, headers: Record<string, string> = {}): Promise<Answered> {
    const packed = gzipSync(typeof body === 'string' ? body : JSON.stringify(body))
    const answer = await this.app.inject({
      method: 'POST',
      url: EXCHANGE_PATH,
      headers: {
        'content-type': 'application/json',
        'content-encoding': 'gzip',
        ...(phone ? { 'x-test-device': String(phone.device) } : {}),
        ...headers,
      },
      payload: packed,
    })
    return readAnswer(answer.statusCode, answer.rawPayload, answer.statusCode === 200)
  }

  /** One exchange. */
  exchange(phone: Phone, more: Partial<ExchangeRequest> = {}): Promise<Answered> {
    return this.post(phone, this.request(phone, more))
  }

  push(phone: Phone, ops: readonly object[], county = COUNTY): Promise<Answered> {
    return this.exchange(phone, { push: { c: county, ops: ops as never } })
  }

  /** Pulls until nothing is left; the rows by key, as a phone would hold them, and how many pages it took. */
  async pullAll(
    phone: Phone,
    from = 0,
    max = 500,
    many = 1,
  ): Promise<{ rows: PageLine['rows']; cursor: number; pages: number; answers: number }> {
    const rows: PageLine['rows'] = []
    for (let cursor = from, pages = 0, answers = 1; ; answers++) {
      const pull = { sv: 1, max, ...(many === 1 ? {} : { pages: many }), s: { [COUNTY]: cursor } }
      const { pages: lines } = await this.exchange(phone, { pull })
      if (lines.length === 0 || lines.length > many) throw new Error(`${lines.length} pages`)
      for (const page of lines) {
        if (page.from !== cursor) throw new Error('a hole between two pages')
        rows.push(...page.rows)
        cursor = page.to
        pages++
        if (page.to >= page.head) return { rows, cursor, pages, answers }
      }
    }
  }
}

async function readAnswer(status: number, payload: Buffer, ndjson: boolean): Promise<Answered> {
  const answered: Answered = {
    status,
    hello: null,
    acks: [],
    ackFloor: 0,
    pages: [],
    digests: [],
    lists: [],
    wanted: [],
    whole: false,
    bytes: payload.length,
    text: payload.toString('utf8'),
  }
  if (!ndjson) return answered
  const chunks = (async function* () {
    yield new Uint8Array(payload)
  })()
  for await (const one of answerLines(chunks, (bytes) => new TextDecoder().decode(bytes))) put(answered, one)
  return answered
}

/** A row as it came: its last place is empty when nothing was lost in it. */
const trimmed = (row: PageLine['rows'][number]): PageLine['rows'][number] =>
  (row[7] === undefined ? row.slice(0, 7) : row) as PageLine['rows'][number]

function put(answered: Answered, one: AnswerLine): void {
  if (one.is === 'hello') answered.hello = one.line
  if (one.is === 'acks') Object.assign(answered, { acks: one.line.acks, ackFloor: one.line.ackFloor })
  if (one.is === 'page') answered.pages.push({ ...one.line, rows: one.line.rows.map(trimmed) })
  if (one.is === 'digest') answered.digests.push(one.line)
  if (one.is === 'list') answered.lists.push(one.line)
  if (one.is === 'rows') answered.wanted.push({ ...one.line, v: one.line.v.map(trimmed) })
  if (one.is === 'end') answered.whole = one.whole
}
