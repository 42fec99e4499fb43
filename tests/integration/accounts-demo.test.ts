import { sql } from 'drizzle-orm'
import { beforeAll, expect, it } from 'vitest'
import type { Database } from '#server/database/database.ts'
import { markDemo, refuseDemoData } from '#server/accounts/demo.ts'
import { CannotStart } from '#server/database/refused.ts'
import { onBothDatabases } from '#tests/support/databases.ts'
import { accountsWorld, COUNTY, OTHER_TOWN, TOWN, VILLAGE } from '#tests/support/accounts-world.ts'

onBothDatabases('the demo and feedback', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })

  it('[TR-18] enters only on a demo port, and nowhere once the demo is off', async () => {
    const demo = await accountsWorld(database, { demo: true })
    const zhao = await demo.person('赵春梅', [['mediator', VILLAGE]])
    await refuseDemoData(database, false)
    await markDemo(database, demo.clock.at, [zhao.id])
    const main = demo.browser(8080)
    expect((await main.get('/api/demo')).body).toEqual({
      demo: true,
      person: '',
      port: 8080,
      main: 8080,
      world: expect.stringMatching(/^[0-9a-f-]{36}$/),
      ports: [{ port: 8081, person: '赵春梅' }],
    })
    expect((await main.post('/api/entry/demo')).status).toBe(404)
    expect((await demo.browser(8082).post('/api/entry/demo')).status).toBe(404)
    const phone = demo.browser(8081)
    expect((await phone.get('/api/demo')).body.person).toBe('赵春梅')
    const { me, device } = (await phone.post('/api/entry/demo')).body
    expect(me).toMatchObject({ person: zhao.id })
    expect([...phone.cookies.keys()].toSorted()).toEqual(['__Host-mb-8081', `__Host-mb-d${device}-8081`])
    expect((await phone.get('/api/me')).status).toBe(200)

    const production = await accountsWorld(database)
    const same = production.browser(8081)
    same.cookies.set('__Host-mb', phone.cookies.get('__Host-mb-8081') ?? '')
    expect((await same.get('/api/me')).status).toBe(401)
    expect((await same.post('/api/entry/demo')).status).toBe(404)
    expect((await same.get('/api/demo')).body).toMatchObject({
      demo: false,
      person: '',
      world: '',
      ports: [],
    })
    await expect(refuseDemoData(database, false)).rejects.toThrow(CannotStart)
    await refuseDemoData(database, true)
    await demo.close()
    await production.close()
  })

  it('[TR-67] feedback reaches the office of the place, and the county what names no place', async () => {
    const world = await accountsWorld(database)
    const town = await world.person('镇上', [['coordinator', TOWN]])
    const beside = await world.person('邻镇', [['coordinator', OTHER_TOWN]])
    const county = await world.person('县里', [['administrator', COUNTY]])
    const given = { sort: 'complaint', text: '电话打不通', contact: '', region: '999901101001' }
    expect((await world.browser().post('/api/feedback', given)).status).toBe(200)
    await world.browser().post('/api/feedback', { sort: 'suggestion', text: '字再大一点' })
    expect((await world.browser().post('/api/feedback', { ...given, text: ' ' })).status).toBe(400)
    const read = async (who: typeof town) =>
      (await who.browser.get('/api/feedback')).body.feedback.map((one: { text: string }) => one.text).sort()
    expect(await read(town)).toEqual(['电话打不通'])
    expect(await read(beside)).toEqual([])
    expect(await read(county)).toEqual(['字再大一点', '电话打不通'])
    expect((await world.browser().get('/api/feedback')).status).toBe(401)
    await world.close()
  })

  it('[TR-47] how somebody can be answered is read by the office of the place, and stands in the database in no column in clear', async () => {
    const world = await accountsWorld(database)
    const town = await world.person('镇上', [['coordinator', TOWN]])
    const given = { sort: 'complaint', text: '没人回我', contact: '13812340033', region: '999901101001' }
    expect((await world.browser().post('/api/feedback', given)).status).toBe(200)
    const { rows } = await database.as('owner', {}, (tx) =>
      tx.execute<{ row: string }>(sql`SELECT t::text AS row FROM feedback t WHERE body = '没人回我'`),
    )
    expect(rows).toHaveLength(1)
    expect(rows[0]?.row).not.toContain('13812340033')
    const { feedback } = (await town.browser.get('/api/feedback')).body
    expect(feedback.find((one: { text: string }) => one.text === '没人回我').contact).toBe('13812340033')
    await world.close()
  })

  it('[TR-51] who reads what was written to the office is in the log, without a word of it', async () => {
    const world = await accountsWorld(database)
    const town = await world.person('镇上', [['coordinator', TOWN]])
    const given = { sort: 'complaint', text: '电话打不通', contact: '', region: '999901101001' }
    await world.browser().post('/api/feedback', given)
    await town.browser.get('/api/feedback')
    const log = (await world.log()).filter((one) => one['action'] === 'feedback.read')
    expect(log.at(-1)).toMatchObject({ actor: town.id, region: TOWN, reason: '', object_id: '' })
    await world.close()
  })
})
