import { randomUUID } from 'node:crypto'
import { beforeAll, beforeEach, expect, it } from 'vitest'
import type { Database } from '#server/database/database.ts'
import {
  accountsWorld,
  COUNTY,
  OTHER_TOWN,
  TOWN,
  VILLAGE,
  type AccountsWorld,
} from '#tests/support/accounts-world.ts'
import { onBothDatabases } from '#tests/support/databases.ts'
import { plant } from '#tests/support/desk/desk-world.ts'
import { makeDispute } from '#tests/support/make-dispute.ts'
import { withDesk } from '#tests/support/with-desk.ts'

const HOUR = 60 * 60_000
const REASON = '当事人来电说今晚要动手'

onBothDatabases('reading a file because somebody is in danger', (open) => {
  let database: Database
  let world: AccountsWorld
  let count = 0

  beforeAll(async () => {
    database = await open()
  })
  beforeEach(async () => {
    world = await accountsWorld(database)
    return () => world.close()
  })

  /** A dispute of the village with this mark, its owner, and two of the town's office. */
  async function scene(flags: readonly string[] = ['violence']) {
    const owner = await world.person('赵春梅', [['mediator', VILLAGE]])
    const [id, paperNo] = [randomUUID(), `石桥 2026–A9${++count}`]
    const body = { ...makeDispute({ paperNo }), flags: [...flags], facts: '说过的话' }
    await plant(database, [{ id, kind: 'dispute', region: VILLAGE, body, recorder: owner.id }])
    const asker = await withDesk(world, '李守田', [['coordinator', TOWN]])
    const second = await withDesk(world, '白云', [['administrator', COUNTY]])
    type Desk = typeof asker
    const ask = (desk: Desk, more: object = {}) =>
      desk.browser.post('/api/emergencies', { county: COUNTY, id: null, paperNo, reason: REASON, ...more })
    const read = (desk: Desk) => desk.browser.get(`/api/desk/record?kind=dispute&id=${id}`)
    const prove = (desk: Desk) => desk.browser.post('/api/proof', { code: desk.code() })
    const agree = async (desk: Desk, request: string) => {
      await prove(desk)
      return desk.browser.post('/api/emergencies/open', { id: request })
    }
    return { owner, id, asker, second, ask, read, prove, agree }
  }

  it('[TR-25] one asks with a reason, another agrees, and the file is open for a day and then closed by itself', async () => {
    const { owner, id, asker, second, ask, read, prove, agree } = await scene()
    expect((await read(asker)).status).toBe(404)
    await prove(asker)
    const { id: request } = (await ask(asker)).body
    expect((await read(asker)).status).toBe(404)
    expect((await agree(asker, request)).body.reason).toBe('need-second')
    expect((await read(asker)).status).toBe(404)
    expect((await agree(second, request)).status).toBe(200)
    const opened = await read(asker)
    expect(opened.body.row).toMatchObject({ view: 'full', body: { facts: '说过的话' } })
    expect((await read(second)).status).toBe(403)
    world.clock.at += 25 * 60_000
    expect((await read(asker)).status).toBe(200)
    world.clock.at += 24 * HOUR
    await asker.logIn(asker.browser)
    expect((await read(asker)).status).toBe(404)
    const said = (await world.log())
      .filter((one) => one['object_id'] === id)
      .map((one) => [one['action'], one['actor']])
    expect(said).toEqual([
      ['emergency.ask', asker.id],
      ['emergency.open', second.id],
      ['read.emergency', asker.id],
      ['read.emergency', asker.id],
    ])
    expect(JSON.stringify(await world.log())).not.toContain(REASON)
    expect(owner.id).not.toBe(asker.id)
  })

  it('[TR-25] whose work it is learns who read it and why, until they say that they know', async () => {
    const { owner, id, asker, second, ask, prove, agree } = await scene()
    const opened = async () => (await owner.browser.get('/api/me')).body.me.opened
    await prove(asker)
    const { id: request } = (await ask(asker)).body
    expect(await opened()).toBeUndefined()
    const before = (await owner.browser.get('/api/me')).body.scopeRev
    await agree(second, request)
    expect(await opened()).toMatchObject([{ record: id, name: '李守田', reason: REASON }])
    expect((await owner.browser.get('/api/me')).body.scopeRev).toBeGreaterThan(before)
    expect((await asker.browser.post('/api/me/opened/seen', { id: request })).status).toBe(404)
    expect((await owner.browser.post('/api/me/opened/seen', { id: request })).status).toBe(200)
    expect(await opened()).toBeUndefined()
  })

  it('[TR-25] not without a mark of danger, not elsewhere, and what is not there is answered alike', async () => {
    const { id, asker, ask, prove } = await scene(['group'])
    const far = await withDesk(world, '邻镇', [['coordinator', OTHER_TOWN]])
    const calm = await scene(['private'])
    const plain = await scene([])
    for (const desk of [asker, far]) await prove(desk)
    const reasons = [
      (await ask(far)).body.reason,
      (await ask(far, { id, paperNo: '' })).body.reason,
      (await ask(asker, { paperNo: '石桥 2026–Z999' })).body.reason,
      (await calm.ask(asker)).body.reason,
      (await plain.ask(asker)).body.reason,
    ]
    expect(reasons).toEqual(Array.from({ length: 5 }, () => 'no-such-file'))
    // Who tries numbers has to wait, also for what is there.
    for (let i = 0; i < 2; i++) await ask(asker, { paperNo: `石桥 2026–Z${i}` })
    expect((await ask(asker)).status).toBe(429)
    world.clock.at += HOUR
    await asker.logIn(asker.browser)
    expect((await plain.ask(asker, { id: plain.id, paperNo: '' })).body.reason).toBe('not-marked')
    expect((await ask(asker, { id, paperNo: '' })).status).toBe(200)
    expect((await ask(asker, { reason: '  ' })).status).toBe(400)
  })

  it('[TR-25] who agrees looks after the place, has shown a second factor, and comes in time', async () => {
    const { asker, second, ask, read, prove, agree } = await scene()
    const far = await withDesk(world, '邻镇', [['coordinator', OTHER_TOWN]])
    await prove(asker)
    const { id: request } = (await ask(asker)).body
    expect((await ask(asker)).body.id).toBe(request)
    expect((await agree(far, request)).body.reason).toBe('gone-request')
    world.clock.at += 6 * 60_000
    expect((await second.browser.post('/api/emergencies/open', { id: request })).body.reason).toBe(
      'prove-again',
    )
    const list = async (desk: typeof asker) => (await desk.browser.get('/api/emergencies')).body.emergencies
    expect((await list(second))[0]).toMatchObject({
      state: 'waiting',
      mine: false,
      record: null,
      name: '李守田',
    })
    expect(await list(far)).toEqual([])
    expect((await second.browser.post('/api/emergencies/decline', { id: request })).status).toBe(200)
    expect((await agree(second, request)).body.reason).toBe('gone-request')
    await prove(asker)
    const again = (await ask(asker)).body.id
    world.clock.at += 25 * HOUR
    await second.logIn(second.browser)
    expect((await agree(second, again)).body.reason).toBe('gone-request')
    await asker.logIn(asker.browser)
    expect((await read(asker)).status).toBe(404)
  })
})
