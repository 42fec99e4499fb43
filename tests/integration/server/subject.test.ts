import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { sql } from 'drizzle-orm'
import { Secret, TOTP } from 'otpauth'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { deriveKeys } from '#server/accounts/keys.ts'
import { newSecondFactor } from '#server/accounts/second-factor.ts'
import { configFrom } from '#server/config.ts'
import type { Role } from '#domain/access/role.ts'
import { eraseRecord } from '#tools/admin/erase.ts'
import { readOrder, type HoldOrder, type SubjectOrder } from '#tools/admin/command-line.ts'
import { obeyPrivacy, refusePrivacy } from '#tools/admin/privacy.ts'
import { onBothDatabases } from '#tests/support/databases.ts'
import { createDispute, newMeeting, opOf } from '#tests/support/server-ops.ts'
import { newFolder, removeFolders } from '#tests/support/server-restored.ts'
import {
  COUNTY,
  grantsOf,
  OTHER_VILLAGE,
  ServerWorld,
  VILLAGE,
  type Phone,
} from '#tests/support/server-world.ts'
import { addOp, photo } from '#tests/support/upload-client.ts'

const SECRET = 'q8Zr5kPw2Ls9XvBn4Tj7Hd3Fg6Mc1Ye0'
const STEP = 30_000
const TOWN = VILLAGE.slice(0, 9)

onBothDatabases('What one person may ask for', (open) => {
  let world: ServerWorld
  let a: Phone
  const folder = newFolder()
  const config = {
    ...configFrom({
      MINGBAI_DEMO: '0',
      MINGBAI_SECRET: SECRET,
      MINGBAI_FIELD_SECRETS: SECRET,
      MINGBAI_SPONSOR: '示例县司法局',
      MINGBAI_FILING_NO: '示例备 0000 号',
    }),
    dataFolder: folder,
  }
  const seeds = new Map<string, string>()
  let people: { town: string; county: string; admin: string; far: string; mediator: string }

  async function officer(role: Role, region: string): Promise<string> {
    const [person, username] = [randomUUID(), `p${randomUUID().slice(0, 8)}`]
    const { sealed, secret } = newSecondFactor(deriveKeys(SECRET), username)
    await world.database.as('owner', {}, async (tx) => {
      await tx.execute(sql`INSERT INTO person (id, name) VALUES (${person}, '示例')`)
      await tx.execute(
        sql`INSERT INTO account (id, person, username, seed) VALUES (${person}, ${person}, ${username}, ${sealed})`,
      )
      await tx.execute(sql`INSERT INTO role_grant (person, role, region, lanes, view, from_day)
        VALUES (${person}, ${role}, ${region}, '{}', 'full', '2020-01-01')`)
    })
    seeds.set(username, secret)
    return username
  }
  const codeOf = (username: string, at = Date.now()) =>
    new TOTP({ secret: Secret.fromBase32(seeds.get(username) ?? '') }).generate({ timestamp: at })
  /** As time goes by: what was shown is shown no more. */
  const later = () =>
    world.database.as('owner', {}, (tx) => tx.execute(sql`UPDATE account SET last_step = 0`))

  const order = (args: readonly string[]) => readOrder(args) as HoldOrder | SubjectOrder
  async function ask(args: readonly string[], codes?: string): Promise<string> {
    await later()
    const one = order(args)
    refusePrivacy(one)
    const typed = codes ?? `${codeOf(one.first)}\n${codeOf(one.second)}\n`
    return obeyPrivacy(config, one, Readable.from([typed]), (work) => work(world.database))
  }
  const two = (first = people.town, second = people.county) => ['--first', first, '--second', second]
  const entries = (action: string) =>
    world.database.as('owner', {}, async (tx) => {
      const { rows } = await tx.execute<{ actor: string | null; outcome: string; object_id: string }>(
        sql`SELECT actor, outcome, object_id FROM audit WHERE action = ${action} ORDER BY seq`,
      )
      return rows
    })
  const bodyOf = async (id: string) =>
    world.database.as('owner', {}, async (tx) => {
      const { rows } = await tx.execute<{ body: Record<string, unknown>; deleted: boolean }>(
        sql`SELECT body, deleted FROM record WHERE id = ${id}`,
      )
      return rows[0]
    })
  const numbers = () =>
    world.database.as('owner', {}, async (tx) => {
      const { rows } = await tx.execute(
        sql`SELECT region, metric, day::text AS day, n FROM rollup WHERE n <> 0 ORDER BY 1, 2, 3`,
      )
      return rows
    })

  beforeAll(async () => {
    world = await ServerWorld.open(await open(), [], { MINGBAI_FIELD_SECRETS: SECRET })
    a = await world.phone(grantsOf('mediator', VILLAGE))
    people = {
      town: await officer('coordinator', TOWN),
      county: await officer('coordinator', COUNTY),
      admin: await officer('administrator', COUNTY),
      far: await officer('coordinator', '999902'),
      mediator: await officer('mediator', VILLAGE),
    }
  })
  afterAll(() => removeFolders())

  const taken = async (ops: readonly ReturnType<typeof opOf>[]) => {
    const { acks } = await world.push(a, ops)
    expect(acks.map((one) => one[1])).toEqual(ops.map(() => 'ok'))
  }
  /** A matter of 甲 and 乙 in which every word of 乙, and every word about them, carries a mark of its own. */
  async function matter(own: string, other: string) {
    const mark = (n: number) => `${other}乙标${n}`
    const sides = [randomUUID(), randomUUID()] as const
    const number = (tail: string) => ({
      tail,
      key: 'a'.repeat(16),
      box: `${tail}box`.padEnd(120, 'x'),
      agreedOn: '2026-11-20',
    })
    const create = createDispute(a, {
      body: {
        parties: [
          { id: sides[0], name: own, kind: 'person' },
          { id: sides[1], name: other, kind: 'person', phone: mark(1), later: mark(2) },
        ],
        facts: mark(3),
        topic: mark(4),
        place: mark(5),
        word: mark(6),
        paperNo: mark(7),
        mediatorName: mark(8),
        unheardOf: mark(9),
      },
    })
    const id = create.e[1]
    const consent = {
      notice: '2026-11',
      on: '2026-11-20',
      sensitive: 'yes',
      guardian: '',
      photos: 'no',
      hearers: 'parties',
    }
    await taken([
      create,
      opOf(a, { k: 'dispute.tell', v: 2, id, base: 1, a: { on: '2026-11-20', consent } }),
      opOf(a, {
        k: 'dispute.agree',
        id,
        base: 2,
        a: { on: '2026-11-20', form: 'oral', terms: mark(10), performBy: null, amountYuan: 800 },
      }),
      opOf(a, { k: 'dispute.perform', id, base: 3, a: { on: '2026-11-20', state: 'part', note: mark(11) } }),
      opOf(a, { k: 'dispute.identify', id, base: 4, a: { party: sides[0], number: number('002X') } }),
      opOf(a, { k: 'dispute.identify', id, base: 5, a: { party: sides[1], number: number('0077') } }),
      opOf(a, { k: 'create', kind: 'meeting', a: newMeeting(id, { notes: mark(12), helpers: [mark(13)] }) }),
    ])
    return id
  }
  const lead = (from: string) =>
    opOf(a, {
      k: 'create',
      kind: 'lead',
      a: {
        about: '借钱',
        from,
        phone: '13900001111',
        text: '段长根乙标14',
        channel: 'villager',
        on: '2026-11-20',
      },
    })

  it('[TR-49] one person gets what is theirs, and no mark of the other side is in it', async () => {
    const id = await matter('赵一甲', '段长根')
    const asked = lead('赵一甲')
    await taken([asked])
    const found = await ask(['subject', 'find', '赵一甲', '--region', TOWN, ...two()])
    expect(found).toContain(`dispute ${id} ${VILLAGE} 2026-11-20`)
    expect(found).toContain(`lead ${asked.e[1]}`)
    expect(found).not.toContain('乙标')

    const to = join(folder, randomUUID())
    const records = `${id},${asked.e[1]}`
    await ask([
      'subject',
      'export',
      '赵一甲',
      '--records',
      records,
      '--to',
      to,
      ...two(people.town, people.admin),
    ])
    const [data, paper] = ['data.json', 'paper.html'].map((one) => readFileSync(join(to, one), 'utf8')) as [
      string,
      string,
    ]
    for (const text of [data, paper]) {
      expect(text).not.toContain('乙标')
      expect(text).not.toContain('段长根')
      expect(text).toContain('赵一甲')
      expect(text).toContain('800')
      // Of numbers the end, of their own only, and nothing that somebody with a key could open.
      expect(text).toContain('139****1111')
      expect(text).toContain('002X')
      for (const one of ['13900001111', '0077', 'xxxx']) expect(text).not.toContain(one)
    }
    const given = JSON.parse(data) as { records: { fields: Record<string, unknown>; withheld: string[] }[] }
    const dispute = given.records.find((one) => 'parties' in one.fields)
    expect(dispute?.fields).toMatchObject({
      parties: [{ name: '赵一甲', kind: 'person' }],
      stage: 'agreed',
      rightsToldOn: '2026-11-20',
      consent: { notice: '2026-11', photos: 'no', hearers: 'parties' },
      agreement: { form: 'oral', amountYuan: 800 },
    })
    expect(paper).not.toMatch(/<th scope="row">[a-z]/)
    expect(dispute?.withheld).toEqual(['agreement.terms', 'events.note', 'facts', 'place', 'topic'])
    const log = await entries('subject.export')
    expect(log.map((one) => one.object_id).sort()).toEqual([id, id, asked.e[1], asked.e[1]].sort())
    expect(new Set(log.map((one) => one.actor)).size).toBe(2)
    await expect(
      ask(['subject', 'export', '赵一甲', '--records', id, '--to', to, ...two()]),
    ).rejects.toMatchObject({ reason: 'folder-there' })
  })

  it('[TR-49] nothing is given for the asking of one, of somebody of elsewhere, of another office, or with a code that was used', async () => {
    const id = await matter('赵一丙', '段长根')
    const to = join(folder, randomUUID())
    const args = (pair: string[], name = '赵一丙') => [
      'subject',
      'export',
      name,
      '--records',
      id,
      '--to',
      to,
      ...pair,
    ]
    await expect(ask(args(two(people.town, people.town)))).rejects.toMatchObject({ reason: 'same-person' })
    await expect(ask(args(two(people.far, people.county)))).rejects.toMatchObject({
      reason: 'not-their-office',
    })
    await expect(ask(args(two(people.admin, people.county)))).rejects.toMatchObject({
      reason: 'not-their-office',
    })
    await expect(ask(args(two(people.town, people.mediator)))).rejects.toMatchObject({
      reason: 'not-their-office',
    })
    await expect(ask(args(two()), `${codeOf(people.town)}\n000000`)).rejects.toMatchObject({
      reason: 'wrong-code',
    })
    const old = Date.now() - 10 * STEP
    await expect(
      ask(args(two()), `${codeOf(people.town)}\n${codeOf(people.county, old)}`),
    ).rejects.toMatchObject({ reason: 'wrong-code' })
    await expect(ask(args(two(), '段长'))).rejects.toMatchObject({ reason: 'not-theirs' })
    expect(existsSync(to)).toBe(false)
    const codes = `${codeOf(people.town)}\n${codeOf(people.county)}`
    await ask(args(two()), codes)
    // The same two codes again, before they are shown no more.
    const again = order(['subject', 'find', '赵一丙', '--region', TOWN, ...two()])
    const here = (work: (database: typeof world.database) => Promise<string>) => work(world.database)
    await expect(obeyPrivacy(config, again, Readable.from([codes]), here)).rejects.toMatchObject({
      reason: 'wrong-code',
    })
    // With the one of before, whose folder was there already.
    expect((await entries('subject.export')).filter((one) => one.outcome === 'refused')).toHaveLength(8)
  })

  it('[TR-49] what is theirs alone is deleted, and nothing else: not a matter of two sides, not a closed file, not what a hold keeps', async () => {
    const both = await matter('赵一丁', '段长根')
    const single = createDispute(a, {
      body: { parties: [{ id: randomUUID(), name: '赵一丁', kind: 'person' }] },
    })
    const filed = createDispute(a, {
      body: { parties: [{ id: randomUUID(), name: '赵一丁', kind: 'person' }] },
    })
    const [asked, kept] = [lead('赵一丁'), lead('赵一丁')]
    await taken([single, filed, asked, kept])
    const file = addOp(a, photo(3000), { of: ['dispute', single.e[1]] })
    await taken([
      file,
      opOf(a, { k: 'dispute.close', id: filed.e[1], base: 1, a: { on: '2026-11-20', note: '' } }),
    ])
    await ask(['hold', 'set', kept.e[1], '--until', '2099-12-31', '--reason', '有人申诉', ...two()])
    const before = await numbers()
    const del = (ids: string[]) => ask(['subject', 'delete', '赵一丁', '--records', ids.join(','), ...two()])
    // All or none.
    await expect(del([asked.e[1], both])).rejects.toMatchObject({ reason: 'both-sides' })
    await expect(del([asked.e[1], filed.e[1]])).rejects.toMatchObject({ reason: 'filed' })
    await expect(del([asked.e[1], kept.e[1]])).rejects.toMatchObject({ reason: 'held' })
    expect((await bodyOf(asked.e[1]))?.deleted).toBe(false)
    await expect(eraseRecord(config, world.database, 'lead', kept.e[1])).rejects.toMatchObject({
      reason: 'held',
    })

    await del([asked.e[1], single.e[1]])
    for (const id of [asked.e[1], single.e[1], file.id])
      expect(await bodyOf(id)).toEqual({ body: {}, deleted: true })
    for (const id of [both, filed.e[1], kept.e[1]]) expect((await bodyOf(id))?.deleted).toBe(false)
    expect(await numbers()).toEqual(before)
    expect(readFileSync(join(folder, 'erased.ndjson'), 'utf8')).toContain(asked.e[1])

    await ask(['hold', 'lift', kept.e[1], ...two(people.county, people.town)])
    await del([kept.e[1]])
    expect((await bodyOf(kept.e[1]))?.deleted).toBe(true)
    expect((await entries('hold.set')).length).toBe(2)
    expect((await entries('hold.lift')).length).toBe(2)
  })

  it('[TR-49] what was not accepted and names somebody is told of when they ask, and goes with what it was about', async () => {
    const single = createDispute(a, {
      body: { parties: [{ id: randomUUID(), name: '赵一己', kind: 'person' }] },
    })
    await taken([single])
    const id = single.e[1]
    // Refused: what would have hung on it, what was about it, and what a database can hold only as text.
    const refused = [
      opOf(a, {
        k: 'dispute.perform',
        id,
        base: 1,
        a: { on: '2026-11-20', state: 'whole', note: '赵一己标15' },
      }),
      opOf(a, {
        k: 'create',
        kind: 'meeting',
        region: OTHER_VILLAGE,
        a: newMeeting(id, { notes: '赵一己标16' }),
      }),
      opOf(a, {
        k: 'dispute.perform',
        id,
        base: 1,
        a: { on: '2026-11-20', state: 'part', note: '赵一己标17\u0000' },
      }),
      createDispute(a, {
        region: OTHER_VILLAGE,
        body: { parties: [{ id: randomUUID(), name: '赵一己', kind: 'person' }] },
      }),
    ]
    const { acks } = await world.push(a, refused)
    expect(acks.map((one) => one[1])).toEqual(refused.map(() => 'rejected'))
    const words = async () => {
      const { rows } = await world.database.as('owner', {}, (tx) =>
        tx.execute<{ op: string }>(
          sql`SELECT op::text AS op FROM op_refused WHERE op::text LIKE '%赵一己%' ORDER BY n`,
        ),
      )
      return rows.length
    }
    expect(await words()).toBe(4)
    const found = await ask(['subject', 'find', '赵一己', '--region', TOWN, ...two()])
    expect(found).toContain('1 entries that were not accepted name somebody so too')
    await ask(['subject', 'delete', '赵一己', '--records', id, ...two()])
    expect(await words()).toBe(1)
  })

  it('[TR-49] what is wrong is corrected by an op with its author, and the wrong words stay nowhere', async () => {
    const id = await matter('赵一戌', '段长根')
    const was = (await bodyOf(id))?.body['parties'] as { id: string }[]
    const own = { ...was[0], name: '赵一戊' }
    await taken([opOf(a, { k: 'set.add', id, base: 9, a: { set: 'parties', item: own } })])
    const to = join(folder, randomUUID())
    await ask(['subject', 'export', '赵一戊', '--records', id, '--to', to, ...two()])
    expect(readFileSync(join(to, 'data.json'), 'utf8')).not.toContain('赵一戌')
    const { rows } = await world.database.as('owner', {}, (tx) =>
      tx.execute(sql`SELECT 1 FROM record WHERE id = ${id} AND record::text LIKE '%赵一戌%'
        UNION ALL SELECT 1 FROM field_loss WHERE id = ${id} AND value::text LIKE '%赵一戌%'`),
    )
    expect(rows).toEqual([])
  })

  it('bad words on the command line are refused before anything is opened', () => {
    const id = randomUUID()
    const wrong: [string[], string][] = [
      [
        ['hold', 'set', id, '--until', '2020-01-01', '--reason', 'x', '--first', 'a', '--second', 'b'],
        'bad-day',
      ],
      [['hold', 'set', id, '--until', '2099-01-01', '--first', 'a', '--second', 'b'], 'no-reason'],
      [['hold', 'keep', id, '--first', 'a', '--second', 'b'], 'bad-word'],
      [['subject', 'find', '甲', '--region', '99', '--first', 'a', '--second', 'b'], 'bad-region'],
      [['subject', 'export', '甲', '--records', 'x', '--to', 'y', '--first', 'a', '--second', 'b'], 'bad-id'],
      [['subject', 'export', '甲', '--records', id, '--first', 'a', '--second', 'b'], 'no-folder'],
    ]
    for (const [args, reason] of wrong)
      expect(() => refusePrivacy(order(args)), args.join(' ')).toThrow(expect.objectContaining({ reason }))
  })
})
