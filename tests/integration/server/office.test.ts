import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { sql } from 'drizzle-orm'
import { Secret, TOTP } from 'otpauth'
import { afterAll, afterEach, expect, it } from 'vitest'
import { deriveKeys } from '#server/accounts/keys.ts'
import { newSecondFactor } from '#server/accounts/second-factor.ts'
import { configFrom } from '#server/config.ts'
import type { Database } from '#server/database/database.ts'
import { start, type Running } from '#server/start.ts'
import { newFolder, removeFolders } from '#tests/support/server-restored.ts'
import { readOrder, type HoldOrder, type SubjectOrder } from '#tools/admin/command-line.ts'
import { obeyPrivacy, refusePrivacy } from '#tools/admin/privacy.ts'
import { renewNumbers } from '#tools/admin/renew.ts'

const SECRET = 'q8Zr5kPw2Ls9XvBn4Tj7Hd3Fg6Mc1Ye0'
const [COUNTY, VILLAGE] = ['999901', '999901101001']

const configIn = (folder: string) => ({
  ...configFrom({
    MINGBAI_DEMO: '0',
    MINGBAI_SECRET: SECRET,
    MINGBAI_SPONSOR: '示例县司法局',
    MINGBAI_FILING_NO: '示例备 0000 号',
    MINGBAI_LOG: 'silent',
  }),
  dataFolder: folder,
  filesFolder: join(folder, 'files'),
  port: 0,
})

/** A coordinator or administrator of the county, with an authenticator. @returns the code it shows now */
async function officer(database: Database, username: string, role: string): Promise<() => string> {
  const person = randomUUID()
  const { sealed, secret } = newSecondFactor(deriveKeys(SECRET), username)
  await database.as('owner', {}, async (tx) => {
    await tx.execute(sql`INSERT INTO person (id, name) VALUES (${person}, '示例')`)
    await tx.execute(
      sql`INSERT INTO account (id, person, username, seed) VALUES (${person}, ${person}, ${username}, ${sealed})`,
    )
    await tx.execute(sql`INSERT INTO role_grant (person, role, region, lanes, view, from_day)
      VALUES (${person}, ${role}, ${COUNTY}, '{}', 'full', '2020-01-01')`)
  })
  return () => new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() })
}

/** A request that somebody made, as an older build kept it. */
async function request(database: Database): Promise<string> {
  const id = randomUUID()
  const body = {
    about: '借钱',
    from: '示例甲',
    phone: '13812340077',
    text: '',
    channel: 'villager',
    on: '2026-11-20',
  }
  await database.as('owner', {}, async (tx) => {
    await tx.execute(sql`INSERT INTO sync_stream (county, head) VALUES (${COUNTY}, 9) ON CONFLICT DO NOTHING`)
    await tx.execute(sql`
      INSERT INTO record (county, kind, id, region, lane, rv, seq, body, skeleton, h, received_at)
      VALUES (${COUNTY}, 'lead', ${id}, ${VILLAGE}, 'casework', 1, 5, ${JSON.stringify(body)}::jsonb, '{}', 0, now())`)
  })
  return id
}

let running: Running | null = null
afterEach(async () => {
  await running?.close()
  running = null
})
afterAll(() => removeFolders())

const nobodyOpens = () => Promise.reject(new Error('another process holds the database'))

it(
  '[TR-49] what two of the office ask for is done by the server while it runs, refusals and all, and no name is left beside the data',
  { timeout: 120_000 },
  async () => {
    const folder = newFolder()
    const config = configIn(folder)
    // What a command and a server that died left, long ago.
    const orders = join(folder, 'orders')
    mkdirSync(orders, { recursive: true })
    const left = join(orders, '0123.order.taken')
    writeFileSync(left, '{"name":"示例乙"}')
    utimesSync(left, new Date(0), new Date(0))

    running = await start(config)
    const { database } = running
    const codes = [
      await officer(database, 'first.one', 'coordinator'),
      await officer(database, 'second.one', 'administrator'),
    ]
    const id = await request(database)
    const ask = async (...args: string[]): Promise<string> => {
      await database.as('owner', {}, (tx) => tx.execute(sql`UPDATE account SET last_step = 0`))
      const order = readOrder([...args, '--first', 'first.one', '--second', 'second.one']) as
        | HoldOrder
        | SubjectOrder
      refusePrivacy(order)
      return obeyPrivacy(config, order, Readable.from([codes.map((code) => code()).join('\n')]), nobodyOpens)
    }
    expect(await ask('subject', 'find', '示例甲', '--region', COUNTY)).toContain(
      `lead ${id} ${VILLAGE} 2026-11-20`,
    )
    const to = join(folder, 'given')
    expect(await ask('subject', 'export', '示例甲', '--records', id, '--to', to)).toContain('1 records in')
    expect(readFileSync(join(to, 'data.json'), 'utf8')).toContain('138****0077')
    await ask('hold', 'set', id, '--until', '2099-12-31', '--reason', '有人申诉')
    await expect(ask('subject', 'delete', '示例甲', '--records', id)).rejects.toMatchObject({
      reason: 'held',
    })
    await ask('hold', 'lift', id)
    expect(await renewNumbers(config, nobodyOpens)).toMatch(/^1 numbers were sealed now/)
    expect(await ask('subject', 'delete', '示例甲', '--records', id)).toContain(
      '1 records are empty for good',
    )

    expect(readdirSync(orders)).toEqual([])
    const { rows } = await database.as('owner', {}, (tx) =>
      tx.execute<{ action: string; outcome: string }>(
        sql`SELECT DISTINCT action, outcome FROM audit WHERE action ~ '^(hold|subject|fields)' ORDER BY 1, 2`,
      ),
    )
    expect(rows.map((one) => `${one.action} ${one.outcome}`)).toEqual([
      'fields.renew ok',
      'hold.lift ok',
      'hold.set ok',
      'subject.delete ok',
      'subject.delete refused',
      'subject.export ok',
      'subject.find ok',
    ])
  },
)
