import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openEmbedded } from '#server/database/embedded.ts'
import { firstAdmin, inviteByOperator, leaveOffice } from '#tools/admin/people.ts'
import { remapVillage, setUpCounty, setUpVillages } from '#tools/admin/regions.ts'
import { accountsWorld, type AccountsWorld } from '#tests/support/accounts-world.ts'
import { newPostgres, onBothDatabases, stopCluster } from '#tests/support/databases.ts'
import { PROGRAM_ENV } from '#tests/support/program.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const folder = mkdtempSync(join(tmpdir(), 'mb-admin-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const PRODUCTION = {
  MINGBAI_DEMO: '0',
  MINGBAI_SECRET: 'q8Zr5kPw2Ls9XvBn4Tj7Hd3Fg6Mc1Ye0',
  MINGBAI_SPONSOR: '示例县司法局',
  MINGBAI_FILING_NO: '示例备 0000 号',
}

function admin(args: readonly string[], env: Record<string, string>, input = '') {
  const done = spawnSync(process.execPath, ['src/tools/admin.ts', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    input,
    env: { ...PROGRAM_ENV, ...env },
  })
  return { code: done.status, out: done.stdout, sentence: done.stderr }
}

onBothDatabases("the operator's commands", (open) => {
  let world: AccountsWorld
  const file = (text: string) => {
    const path = join(folder, 'villages.csv')
    writeFileSync(path, text)
    return path
  }
  const regions = () =>
    world.rows(sql`SELECT code, name, short FROM region WHERE left(code, 6) = '532922' ORDER BY code`)

  beforeAll(async () => {
    world = await accountsWorld(await open())
  })

  it('[D-5] set up any county with its townships from the national table, and villages from a file, all or none', async () => {
    const { context } = world.accounts
    await expect(setUpCounty(context, '53292')).rejects.toThrow(/six digits/)
    await expect(setUpCounty(context, '539999')).rejects.toThrow(/has no county 539999/)
    expect(await setUpCounty(context, '532922')).toMatch(/townships are set up/)
    const before = await regions()
    expect(before.length).toBeGreaterThan(3)
    expect(before[0]).toMatchObject({ code: '532922000000' })
    const township = String(before[1]?.['code']).slice(0, 9)
    const bad = file(`township,name\n${township},石桥村（示例）\n999999999,别处村（示例）\n`)
    await expect(setUpVillages(context, bad)).rejects.toThrow(/line 3 .*not set up/s)
    expect(await regions()).toEqual(before)
    await expect(setUpVillages(context, join(folder, 'nothing.csv'))).rejects.toThrow(/cannot be read/)
    const good = file(`township,name\n${township},石桥村（示例）\n${township},北塘村（示例）\n`)
    expect(await setUpVillages(context, good)).toBe('2 villages are set up, 2 of them new.')
    expect(await setUpVillages(context, good)).toBe('2 villages are set up, 0 of them new.')
    expect((await regions()).slice(-50)).toContainEqual({
      code: `${township}901`,
      name: '石桥村（示例）',
      short: '石桥',
    })
  })

  it('move a village that has gone over into another, once or again, and say why not', async () => {
    const { context } = world.accounts
    const list = join(folder, 'gone.csv')
    const [old, next] = ['999901101081', '999901101082']
    writeFileSync(list, `code,name\n${old},旧村（示例）\n${next},新村（示例）\n`)
    await setUpVillages(context, list)
    for (const [from, to, reason] of [
      ['999901', next, 'bad-code'],
      [old, old, 'same-place'],
      [old, '999901101000', 'not-a-village'],
      [old, '999901101083', 'unknown-region'],
    ] as const)
      await expect(remapVillage(context, from, to), reason).rejects.toMatchObject({ reason })
    expect(await remapVillage(context, old, next)).toContain('0 records moved')
    expect(await remapVillage(context, old, next)).toContain('0 records moved')
    await expect(remapVillage(context, next, old)).rejects.toMatchObject({ reason: 'no-longer-there' })
    expect(await world.rows(sql`SELECT merged_into FROM region WHERE code = ${old}`)).toEqual([
      { merged_into: next },
    ])
  })

  it('[TR-18] makes the first administrator of a county once; nobody but them learns the password', async () => {
    const { context } = world.accounts
    const asked = { name: '张', username: 'zhang', region: '532922', passwordStdin: false }
    const nothing = Readable.from([])
    await expect(firstAdmin(context, { ...asked, username: '张三' }, nothing)).rejects.toThrow(/--username/)
    await expect(firstAdmin(context, { ...asked, region: '532999' }, nothing)).rejects.toThrow(/not set up/)
    await expect(firstAdmin(context, { ...asked, region: null }, nothing)).rejects.toThrow(/several counties/)
    await expect(
      firstAdmin(context, { ...asked, passwordStdin: true }, Readable.from(['short\n'])),
    ).rejects.toThrow(/will not do/)
    expect(await world.rows(sql`SELECT 1 FROM role_grant WHERE region = '532922'`)).toEqual([])
    const said = await firstAdmin(context, asked, nothing)
    const code = /setup#([0-9A-Z]{16})/.exec(said)?.[1]
    expect((await world.browser().post('/api/setup', { code })).body).toMatchObject({
      name: '张',
      username: 'zhang',
    })
    await expect(firstAdmin(context, { ...asked, username: 'li.si' }, nothing)).rejects.toThrow(
      /administrator already/,
    )
    const other = { ...asked, region: '999902', username: 'wang', passwordStdin: true }
    const told = await firstAdmin(context, other, Readable.from(['桥头那棵老槐树下面见到一只鹅\n']))
    expect(told).toContain('otpauth://totp/')
    expect(told).not.toContain('老槐树')
  })

  it('[TR-13] invites an office by a one-time link and the field by a card', async () => {
    const { context } = world.accounts
    const asked = { name: '李', role: 'coordinator', region: '999901101', username: '' }
    expect(await inviteByOperator(context, asked)).toContain('/app/setup#')
    await expect(inviteByOperator(context, { ...asked, role: 'boss' })).rejects.toThrow(/no role "boss"/)
    await expect(inviteByOperator(context, { ...asked, region: '999901101001' })).rejects.toThrow(
      /that level/,
    )
    await expect(inviteByOperator(context, { ...asked, username: 'wang' })).rejects.toThrow(/taken/)
    const said = await inviteByOperator(context, { ...asked, role: 'mediator', region: '999901101001' })
    const code = /\/e#(K[0-9A-Z]{26})/.exec(said)?.[1]
    expect((await world.browser().post('/api/entry/card', { code })).body).toMatchObject({
      name: '李',
      role: 'mediator',
    })
  })

  it('[TR-06] lets an administrator go whom nobody is above, and takes another first one', async () => {
    const { context } = world.accounts
    const state = () => world.rows(sql`SELECT state FROM account WHERE username = 'wang'`)
    expect(await state()).toEqual([{ state: 'active' }])
    await expect(leaveOffice(context, 'nobody')).rejects.toThrow(/nobody in office/)
    expect(await leaveOffice(context, 'wang')).toContain('has left')
    expect(await state()).toEqual([{ state: 'disabled' }])
    await expect(leaveOffice(context, 'wang')).rejects.toThrow(/nobody in office/)
    const asked = { name: '吴', username: 'wu.di', region: '999902', passwordStdin: false }
    expect(await firstAdmin(context, asked, Readable.from([]))).toContain('/app/setup#')
  })
})

// Each runs the real command several times, and a busy machine starts a process slowly.
describe('npm run admin', { timeout: 240_000 }, () => {
  afterAll(stopCluster)

  it('prints how it is called, and one sentence for what it cannot do', () => {
    expect(admin(['help'], {})).toMatchObject({ code: 0, out: expect.stringContaining('first-admin') })
    expect(admin(['county'], {})).toMatchObject({
      code: 1,
      out: '',
      sentence: expect.stringMatching(/^明白: [^\n]+\n$/),
    })
    const forgotten = join(folder, 'forgotten')
    expect(admin(['county', '532922'], { MINGBAI_DATA: forgotten })).toMatchObject({
      code: 1,
      sentence: expect.stringContaining('MINGBAI_DEMO=0'),
    })
    expect(existsSync(forgotten)).toBe(false)
    expect(admin(['county', '532922'], { MINGBAI_DATA: forgotten, MINGBAI_DEMO: '0' }).sentence).toMatch(
      /^明白: [^\n]*MINGBAI_SECRET[^\n]*\n$/,
    )
  })

  it('works on a data folder, unless a server holds it', async () => {
    const env = { ...PRODUCTION, MINGBAI_DATA: join(folder, 'data') }
    expect(admin(['county', '532922'], env)).toMatchObject({ code: 0, sentence: '' })
    const held = await openEmbedded(env.MINGBAI_DATA)
    expect(admin(['county', '532922'], env)).toMatchObject({
      code: 1,
      out: '',
      sentence: expect.stringMatching(/^明白: [^\n]*in use[^\n]*\n$/),
    })
    await held.close()
    const said = admin(['first-admin', '--name', '张', '--username', 'zhang'], env)
    expect(said).toMatchObject({ code: 0, out: expect.stringContaining('/app/setup#') })
  })

  it('works on PostgreSQL', async () => {
    const { url, ownerUrl } = await newPostgres()
    const env = { ...PRODUCTION, DATABASE_URL: url, DATABASE_OWNER_URL: ownerUrl }
    expect(admin(['county', '532922'], env)).toMatchObject({ code: 0, sentence: '' })
    expect(admin(['first-admin', '--name', '张', '--username', 'zhang'], env)).toMatchObject({
      code: 0,
      sentence: '',
    })
    expect(admin(['first-admin', '--name', '李', '--username', 'li.si'], env)).toMatchObject({
      code: 1,
      out: '',
    })
  })
})
