import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Role } from '#domain/access/role.ts'
import { ATTACHMENT_LIMITS } from '#domain/attachment/limits.ts'
import type { RefusedList } from '#domain/desk/refused.ts'
import type { Id } from '#domain/id.ts'
import type { Bytes } from '#phone/database/rows.ts'
import { boundTo } from '#phone/seal/box.ts'
import { sealFor, toServer } from '#phone/seal/sealed-box.ts'
import { createAccounts, type Accounts } from '#server/accounts/accounts.ts'
import { enterDevice, revokeDevice } from '#server/accounts/devices.ts'
import { addPerson, appoint } from '#server/accounts/people.ts'
import { openSession } from '#server/accounts/sessions.ts'
import { buildApp } from '#server/app.ts'
import { configFrom } from '#server/config.ts'
import type { Database } from '#server/database/database.ts'
import { deskRoutes } from '#server/routes/desk.ts'
import { deriveDropboxKeys } from '#server/services/dropbox/dropbox-keys.ts'
import { DROPBOX_DAY, type Door, type DropboxAnswer, type SealedPiece } from '#sync/protocol/dropbox.ts'
import type { Op } from '#sync/protocol/op.ts'
import { DROPBOX_PATH, EXCHANGE_PATH } from '#sync/protocol/wire.ts'
import { onBothDatabases } from '#tests/support/databases.ts'
import { newAttachment } from '#tests/support/make-attachment.ts'
import { createDispute, opOf } from '#tests/support/server-ops.ts'
import { COUNTY, NOW, VILLAGE, type Phone } from '#tests/support/server-world.ts'

const TOWN = '999901101'
const SECRET = 'Vb7Kd2Xq9Lm4Rt8Zw3Hs6Jn1Pc5Fy0Gu'
const BEFORE = 'Aq1Ws2Ed3Rf4Tg5Yh6Uj7Ik8Ol9Pz0Xc'
const bytes = (text: string) => new TextEncoder().encode(text) as Bytes

interface Person extends Phone {
  cookie: string
  door: Door
}

onBothDatabases('The drop-box of locked phones', (open) => {
  let database: Database
  let accounts: Accounts
  let app: FastifyInstance
  const folder = mkdtempSync(join(tmpdir(), 'mb-dropbox-'))

  /** A server on this database that knows these secrets besides its own. */
  async function serverKnowing(secretsBefore: string[]): Promise<[Accounts, FastifyInstance]> {
    const clock = () => NOW
    const origin = 'https://mingbai.test'
    const options = { secret: SECRET, secretsBefore, origin, sponsor: '', filingNo: '', demo: false, clock }
    const made = createAccounts(database, options, () => 8080)
    const built = await buildApp({
      config: configFrom({ MINGBAI_DEMO: '1', MINGBAI_FILES: folder, MINGBAI_ORIGIN: origin }),
      version: '0.0.0',
      database,
      clock,
      secret: SECRET,
      dropbox: made.context.dropbox,
      identity: made.identity,
      routes: [...made.routes, ...deskRoutes({ database, clock })],
      attach: (one) => made.attach(one),
      appFolder: '/nowhere',
      isStopping: () => false,
      mainPort: () => 8080,
      logStream: { write: () => true },
    })
    return [made, built]
  }
  beforeAll(async () => {
    database = await open()
    ;[accounts, app] = await serverKnowing([BEFORE])
  })
  afterAll(async () => {
    await app.close()
    rmSync(folder, { recursive: true })
  })

  const ask = async (options: InjectOptions, headers: Record<string, string>) => {
    const answer = await app.inject({
      ...options,
      headers: {
        host: 'mingbai.test',
        ...(options.payload === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
    })
    return { status: answer.statusCode, text: answer.body }
  }
  const person = async (role: Role, region: string): Promise<Person> => {
    const who = await database.as('accounts', {}, async (tx) => {
      const id = await addPerson(tx, accounts.context, '示例')
      await appoint(tx, accounts.context, id, role, region)
      const device = await enterDevice(tx, accounts.context, {
        person: id,
        sort: 'phone',
        state: 'confirmed',
        publicKey: null,
        known: null,
      })
      return { id, device, token: await openSession(tx, NOW, { person: id, device, sort: 'phone' }) }
    })
    const cookie = `__Host-mb=${who.token}`
    const door = JSON.parse((await ask({ url: DROPBOX_PATH }, { cookie })).text) as Door
    const rights = { person: who.id, grants: [], records: [] }
    return { person: who.id, device: who.device, rights, provisional: false, scopeRev: 0, n: 0, cookie, door }
  }
  const sealedFor = async (key: string, store: string, row: string, plain: Bytes): Promise<string> => {
    const point = new Uint8Array(Buffer.from(key, 'base64url'))
    const box = await sealFor(crypto, [await toServer(crypto, point)], boundTo(store, row), plain)
    return Buffer.from(box).toString('base64url')
  }
  const sealedOp = async (op: Op, key: string) => {
    const { n, ...rest } = op
    return { n, i: op.i, box: await sealedFor(key, 'op', op.i, bytes(JSON.stringify(rest))) }
  }
  const post = (body: object, token: string) =>
    ask(
      {
        method: 'POST',
        url: DROPBOX_PATH,
        payload: JSON.stringify({
          app: '1',
          t: NOW,
          stat: { recs: 0, dead: 0, blobs: 0 },
          ops: [],
          ...body,
        }),
      },
      token === '' ? {} : { authorization: `Bearer ${token}` },
    )
  const drop = async (who: Person, body: object): Promise<DropboxAnswer> => {
    const { status, text } = await post(body, who.door.token)
    expect([status, text]).toEqual([200, text])
    return JSON.parse(text) as DropboxAnswer
  }
  const dropOps = async (who: Person, ops: readonly Op[], key = who.door.key) =>
    drop(who, { ops: await Promise.all(ops.map((op) => sealedOp(op, key))) })
  const exchange = async (who: Person, ops: readonly Op[]): Promise<unknown[][]> => {
    const { status, text } = await ask(
      {
        method: 'POST',
        url: EXCHANGE_PATH,
        payload: JSON.stringify({
          p: 1,
          app: '1',
          dev: who.device,
          epoch: null,
          scopeRev: 0,
          t: NOW,
          mono: 1,
          stat: { out: ops.length, oldest: 0, dead: 0, blobs: 0 },
          push: { c: COUNTY, ops },
        }),
      },
      { cookie: who.cookie },
    )
    expect(status).toBe(200)
    const line = text.split('\n').find((one) => one.startsWith('{"acks"')) ?? '{}'
    return (JSON.parse(line) as { acks: unknown[][] }).acks
  }
  const count = async (table: 'record' | 'dropbox', where: ReturnType<typeof sql>): Promise<number> =>
    database.as('jobs', {}, async (tx) => {
      const { rows } = await tx.execute<{ n: number }>(
        sql`SELECT count(*)::int AS n FROM ${sql.raw(table)} WHERE ${where}`,
      )
      return rows[0]?.n ?? -1
    })
  const records = (ops: readonly Op[]) =>
    count('record', sql`id IN ${[...ops.map((op) => op.e[1]), randomUUID()]}`)

  it('[TR-02] sealed ops go in without a session, take effect once by whatever way they come, and nothing but what arrived is said', async () => {
    const who = await person('mediator', VILLAGE)
    const ops = [createDispute(who), createDispute(who)]
    const changed = opOf(who, { k: 'patch', id: ops[0]?.e[1] as string, base: 1, a: { facts: '墙' } })
    const all = [...ops, changed]
    const answer = await dropOps(who, all)
    expect(answer.received.toSorted()).toEqual(all.map((one) => one.i).toSorted())
    expect(answer.good).toBe(true)
    expect(Object.keys(answer).toSorted()).toEqual(['epoch', 'good', 'key', 'now', 'received'])
    expect(await records(ops)).toBe(2)
    // The answer was lost on the way, and after the unlock the same comes by the other way.
    expect((await dropOps(who, all)).received).toHaveLength(3)
    const acks = await exchange(who, all)
    expect(acks.map((ack) => ack[1])).toEqual(['ok', 'ok', 'ok'])
    expect(acks.map((ack) => ack[3])).toEqual([1, 1, 2])
    expect((await exchange(who, all)).map((ack) => ack[3])).toEqual([1, 1, 2])
    expect(await records(ops)).toBe(2)
  })

  it('[TR-02] nobody gets in without the word of a phone, a session gets in by no other, and a word opens nothing else', async () => {
    const [who, other] = await Promise.all([person('mediator', VILLAGE), person('mediator', VILLAGE)])
    const op = await sealedOp(createDispute(who), who.door.key)
    const forged = who.door.token.replace(/^\d+/, String(other.device))
    for (const token of ['', 'x', `${who.device}.`, forged, `${who.door.token}x`])
      expect((await post({ ops: [op] }, token)).status).toBe(401)
    const bearer = { authorization: `Bearer ${who.door.token}` }
    expect((await ask({ url: '/api/me' }, bearer)).status).toBe(401)
    expect((await ask({ url: DROPBOX_PATH }, bearer)).status).toBe(401)
    expect(
      (await ask({ method: 'POST', url: DROPBOX_PATH, payload: '{}' }, { cookie: who.cookie })).status,
    ).toBe(401)
    // In another phone's name it is that phone's work, which nobody can read out again.
    const answer = await drop(other, { ops: [op] })
    expect(answer.received).toEqual([op.i])
  })

  it('[TR-08] a phone that was shut out still gives: all of it is set aside and lies before the office at once', async () => {
    const [who, office] = await Promise.all([person('mediator', VILLAGE), person('coordinator', TOWN)])
    await database.as('accounts', {}, (tx) => revokeDevice(tx, accounts.context, who.person, who.device))
    const ops = [createDispute(who), createDispute(who)]
    const answer = await dropOps(who, ops)
    expect([answer.good, answer.received.length]).toEqual([false, 2])
    expect(await records(ops)).toBe(0)
    expect((await ask({ url: '/api/me' }, { cookie: who.cookie })).status).toBe(401)
    const seen = await ask({ url: `/api/desk/refused?region=${TOWN}` }, { cookie: office.cookie })
    const rows = (JSON.parse(seen.text) as RefusedList).rows.filter((one) => one.device === who.device)
    expect(rows.map((one) => [one.code, one.op?.kind, one.op?.id])).toEqual(
      ops.map((op) => ['shut-out', 'dispute', op.e[1]]),
    )
    // Coming again changes nothing, and does not become work by it.
    await dropOps(who, ops)
    expect(await records(ops)).toBe(0)
  })

  it('[TR-06] what was sealed for a key the server had before opens; for one it never had it is kept as it is and not called received', async () => {
    const who = await person('mediator', VILLAGE)
    const ops = [createDispute(who), createDispute(who)] as const
    const before = deriveDropboxKeys([BEFORE]).current.point.toString('base64url')
    const stranger = deriveDropboxKeys(['of somebody else altogether']).current.point.toString('base64url')
    expect((await dropOps(who, [ops[0]], before)).received).toEqual([ops[0].i])
    expect((await dropOps(who, [ops[1]], stranger)).received).toEqual([])
    const kept = () => count('dropbox', sql`device = ${who.device}`)
    expect([await kept(), await records(ops)]).toEqual([1, 1])
    const damaged = { ...(await sealedOp(ops[1], who.door.key)), i: randomUUID() }
    expect((await drop(who, { ops: [damaged] })).received).toEqual([])
    expect((await dropOps(who, [ops[1]])).received).toEqual([ops[1].i])
    expect([await kept(), await records(ops)]).toEqual([0, 2])
  })

  it('[TR-06] what could not be opened is opened when a server starts that has its key: once, without the phone, under what it was made as', async () => {
    const who = await person('mediator', VILLAGE)
    const secret = 'Nm3Bv6Cx9Za2Sd5Fg8Hj1Kl4Po7Iu0Yt'
    const stranger = deriveDropboxKeys([secret]).current.point.toString('base64url')
    const ops = [createDispute(who), createDispute(who), createDispute(who)] as const
    const hanging = opOf(who, { k: 'patch', id: randomUUID(), base: 1, a: { facts: '墙' }, d: [99] })
    // The second was taken before, under another number of this phone.
    const again = { ...ops[1], n: who.n + 5 }
    await dropOps(who, [ops[1]])
    const sealed = await Promise.all([ops[0], again, ops[2], hanging].map((op) => sealedOp(op, stranger)))
    const as = sealed.map((one) => (one.n === again.n ? { ...one, as: [who.device, ops[1].n] } : one))
    expect((await drop(who, { ops: as })).received).toEqual([])
    const kept = () => count('dropbox', sql`device = ${who.device}`)
    const told = () =>
      database.as('jobs', {}, async (tx) => {
        const { rows } = await tx.execute(
          sql`SELECT app, out, last_seen::text, (SELECT count(*)::int FROM op_refused WHERE device = d.id) AS refused
              FROM device d WHERE id = ${who.device}`,
        )
        return rows[0]
      })
    expect([await kept(), await records(ops)]).toEqual([4, 1])
    const before = await told()

    const starting = async (secrets: string[]) => {
      const [, other] = await serverKnowing(secrets)
      await other.listen({ port: 0, host: '127.0.0.1', listenTextResolver: () => '' })
      // Closing waits for it.
      await other.close()
    }
    await starting([BEFORE])
    expect([await kept(), await records(ops)]).toEqual([4, 1])
    await starting([BEFORE, secret])
    // What hangs on something that has not come waits on; the phone was not heard of, so nothing new is said of it.
    expect([await kept(), await records(ops)]).toEqual([1, 3])
    expect(await told()).toEqual(before)
    await starting([BEFORE, secret])
    expect([await kept(), await records(ops)]).toEqual([1, 3])
    // The phone brings it all once more, and nothing comes of it twice.
    expect((await dropOps(who, ops)).received).toHaveLength(3)
    expect([await records(ops), await told()]).toEqual([3, expect.objectContaining({ refused: 0 })])
  })

  it('[TR-02] an op that hangs on one which is not there yet stays on the phone, and one that makes no sense delays none', async () => {
    const who = await person('mediator', VILLAGE)
    const first = createDispute(who)
    const second = opOf(who, { k: 'patch', id: first.e[1], base: 1, a: { facts: '墙' }, d: [first.n] })
    const odd = opOf(who, { k: 'patch', id: 'no id' as Id, a: {} })
    expect((await dropOps(who, [second, odd])).received).toEqual([odd.i])
    expect((await dropOps(who, [first, second])).received.toSorted()).toEqual([first.i, second.i].toSorted())
  })

  /** A photograph of two pieces on a new dispute: its ops, its bytes, and its pieces, each sealed as a piece of this file or another. */
  const photographBy = (who: Person) => {
    const dispute = createDispute(who)
    const plain = new Uint8Array(randomBytes(ATTACHMENT_LIMITS.keptPiece + 1000))
    plain.set([0xff, 0xd8, 0xff, 0xe0])
    const sha256 = createHash('sha256').update(plain).digest('hex')
    const id = randomUUID()
    const args = newAttachment({ of: ['dispute', dispute.e[1]], sha256, size: plain.length })
    const add = opOf(who, { k: 'attachment.add', kind: 'attachment', id, a: { ...args } })
    const piece = async (at: number, of = id): Promise<SealedPiece> => ({
      county: COUNTY,
      id,
      size: plain.length,
      facts: await sealedFor(who.door.key, 'blob', id, bytes(JSON.stringify({ sha256, doneAt: null }))),
      at,
      box: await sealedFor(
        who.door.key,
        'chunk',
        `${of}/${at}`,
        plain.slice(at * ATTACHMENT_LIMITS.keptPiece, (at + 1) * ATTACHMENT_LIMITS.keptPiece),
      ),
    })
    return { id, plain, ops: [dispute, add], piece }
  }

  it('[TR-02] the sealed pieces of a file become the file, from wherever it stands, and no piece of another does', async () => {
    const who = await person('mediator', VILLAGE)
    const { id, plain, ops, piece } = photographBy(who)
    // Its record is not there yet.
    expect((await drop(who, { piece: await piece(0) })).at).toBe(null)
    await dropOps(who, ops)
    expect((await drop(who, { piece: await piece(1) })).at).toBe(0)
    expect((await drop(who, { piece: await piece(0, randomUUID()) })).at).toBe(null)
    expect((await drop(who, { piece: await piece(0) })).at).toBe(ATTACHMENT_LIMITS.keptPiece)
    expect((await drop(who, { piece: await piece(0) })).at).toBe(ATTACHMENT_LIMITS.keptPiece)
    expect((await drop(who, { piece: await piece(1) })).at).toBe(plain.length)
    expect((await drop(who, { piece: await piece(1) })).at).toBe(plain.length)
    const file = await app.inject({
      url: `/api/attachments/${COUNTY}/${id}`,
      headers: { host: 'mingbai.test', cookie: who.cookie },
    })
    expect(file.rawPayload.equals(plain)).toBe(true)
  })

  it('[TR-06] [TR-08] a photograph whose record came before its phone was shut out is still taken, one of a record that came after is not', async () => {
    const who = await person('mediator', VILLAGE)
    const [before, after] = [photographBy(who), photographBy(who)]
    await dropOps(who, before.ops)
    await database.as('accounts', {}, (tx) => revokeDevice(tx, accounts.context, who.person, who.device))
    await dropOps(who, after.ops)
    expect((await drop(who, { piece: await after.piece(0) })).at).toBe(null)
    await drop(who, { piece: await before.piece(0) })
    expect(await drop(who, { piece: await before.piece(1) })).toMatchObject({
      at: before.plain.length,
      good: false,
    })
  })

  it('[TR-02] one phone cannot fill the server: what it brings within a day is bounded', async () => {
    const who = await person('mediator', VILLAGE)
    const box = 'A'.repeat(1_500_000)
    const body = { ops: [{ n: 1, i: randomUUID(), box }] }
    const most = Math.floor(DROPBOX_DAY / 1_500_000)
    let refused = 0
    for (let at = 0; at < most + 2; at++) refused += (await post(body, who.door.token)).status === 429 ? 1 : 0
    expect(refused).toBeGreaterThan(0)
    expect(refused).toBeLessThan(5)
  })
})
