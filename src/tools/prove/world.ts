import { randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { accountsContext } from '#server/accounts/accounts.ts'
import { inAccounts } from '#server/accounts/context.ts'
import { enterDevice } from '#server/accounts/devices.ts'
import { addPerson, appoint } from '#server/accounts/people.ts'
import { openSession } from '#server/accounts/sessions.ts'
import { configFrom, type Config } from '#server/config.ts'
import type { Database } from '#server/database/database.ts'
import { answerLines } from '#sync/engine/answer-lines.ts'
import type { Op } from '#sync/protocol/op.ts'
import {
  EXCHANGE_PATH,
  PROTOCOL,
  type Ack,
  type ExchangeRequest,
  type PageLine,
} from '#sync/protocol/wire.ts'

/** Production's settings for a server that serves nobody but a proof. */
export const PRODUCTION = {
  MINGBAI_DEMO: '0',
  MINGBAI_SECRET: 'q8Zr5kPw2Ls9XvBn4Tj7Hd3Fg6Mc1Ye0',
  MINGBAI_SPONSOR: '示例县司法局',
  MINGBAI_FILING_NO: '示例备 0000 号',
  MINGBAI_LOG: 'silent',
} as const

/** Configuration of such a server in a folder, on any free port. */
export const configIn = (dataFolder: string, more: Partial<Config> = {}): Config => ({
  ...configFrom({ ...PRODUCTION, MINGBAI_DATA: dataFolder }),
  port: 0,
  host: '127.0.0.1',
  ...more,
})

/** A phone as far as a server can tell: it is signed in, numbers its ops, and says who it is. */
export interface ProofPhone {
  person: string
  device: number
  village: string
  cookie: string
  /** Last number used. */
  n: number
}

/** Mediators with a confirmed phone each, signed in. @param villages one for each phone */
export function enrol(database: Database, villages: readonly string[]): Promise<ProofPhone[]> {
  const { MINGBAI_SECRET: secret, MINGBAI_SPONSOR: sponsor, MINGBAI_FILING_NO: filingNo } = PRODUCTION
  const options = { secret, sponsor, filingNo, origin: 'http://localhost', demo: false, clock: Date.now }
  const context = accountsContext(database, options)
  return inAccounts(context, async (tx) => {
    const phones: ProofPhone[] = []
    for (const village of villages) {
      const person = await addPerson(tx, context, '示例')
      await appoint(tx, context, person, 'mediator', village)
      const device = await enterDevice(tx, context, {
        person,
        sort: 'phone',
        state: 'confirmed',
        publicKey: null,
        known: null,
      })
      const token = await openSession(tx, Date.now(), { person, device, sort: 'phone' })
      phones.push({ person, device, village, cookie: `__Host-mb=${token}`, n: 0 })
    }
    return phones
  })
}

interface OpParts {
  k: string
  kind: string
  id?: string
  base?: number
  a: Record<string, unknown>
}

const op = (phone: ProofPhone, { k, kind, id, base, a }: OpParts): Op => ({
  i: randomUUID(),
  n: ++phone.n,
  k,
  v: 1,
  e: [kind, id ?? randomUUID()],
  r: phone.village,
  b: base ?? 0,
  a,
  t: [Date.now() - 60_000, 1, 0],
})

/** The next op of a phone: an outreach session written down. */
export const logOutreach = (phone: ProofPhone, attendances: number): Op =>
  op(phone, {
    k: 'outreach.log',
    kind: 'outreach',
    a: {
      form: 'yard',
      topic: '',
      title: '示例',
      on: '2026-11-20',
      place: '',
      sixEntries: 'village',
      campaign: '',
      speakers: [],
      attendances,
      countedHow: 'counted',
      people: null,
      materials: [],
      note: '院坝会讲了怎么写借条，来的人都拿到了样子。',
      paperNo: '',
    },
  })

/** The next op of a phone: a session's attendances corrected. */
export const correct = (phone: ProofPhone, id: string, attendances: number): Op =>
  op(phone, { k: 'patch', kind: 'outreach', id, base: 1, a: { attendances } })

export interface Exchanged {
  status: number
  epoch: string
  acks: Ack[]
  pages: PageLine[]
  /** Whether the answer came to its end. */
  whole: boolean
}

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

async function read(status: number, bytes: Uint8Array): Promise<Exchanged> {
  const done: Exchanged = { status, epoch: '', acks: [], pages: [], whole: false }
  const chunks = (async function* () {
    yield bytes
  })()
  for await (const one of answerLines(chunks, decode)) {
    if (one.is === 'hello') done.epoch = one.line.epoch
    if (one.is === 'acks') done.acks.push(...one.line.acks)
    if (one.is === 'page') done.pages.push(one.line)
    if (one.is === 'end') done.whole = one.whole
  }
  return done
}

/** One exchange over HTTP, as a phone does it. Rejects when there is no server; another status than 200 has no lines. */
export async function exchange(
  url: string,
  phone: ProofPhone,
  parts: { push?: readonly Op[]; pull?: { max: number; s: Record<string, number> } },
  signal?: AbortSignal,
): Promise<Exchanged> {
  const ops = parts.push ?? []
  const request: ExchangeRequest = {
    p: PROTOCOL,
    app: 'prove',
    dev: phone.device,
    epoch: null,
    scopeRev: 0,
    t: Date.now(),
    mono: 1,
    stat: { out: ops.length, oldest: 0, dead: 0, blobs: 0 },
    ...(ops.length > 0 ? { push: { c: phone.village.slice(0, 6), ops: [...ops] } } : {}),
    ...(parts.pull ? { pull: { sv: 1, ...parts.pull } } : {}),
  }
  const answer = await fetch(`${url}${EXCHANGE_PATH}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip', cookie: phone.cookie },
    body: gzipSync(JSON.stringify(request)),
    ...(signal ? { signal } : {}),
  })
  const bytes = new Uint8Array(await answer.arrayBuffer())
  const next = answer.headers.getSetCookie().find((one) => one.startsWith('__Host-mb='))
  if (next) phone.cookie = next.split(';')[0] ?? phone.cookie
  return answer.status === 200
    ? read(200, bytes)
    : { status: answer.status, epoch: '', acks: [], pages: [], whole: false }
}

/** Whether an op was taken: it is on the server for good. */
export const isTaken = ([, outcome]: Ack): boolean => outcome === 'ok' || outcome === 'merged'
