import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { beforeAll, expect, it } from 'vitest'
import type { Role } from '#domain/access/role.ts'
import { rightsOf, scopeRevOf } from '#server/accounts/me.ts'
import { appoint } from '#server/accounts/people.ts'
import { accountsOf } from '#tests/support/accounts-of.ts'
import { onBothDatabases } from '#tests/support/databases.ts'
import { createDispute } from '#tests/support/server-ops.ts'
import { COUNTY, ServerWorld, VILLAGE, type Phone } from '#tests/support/server-world.ts'
import { withoutLog } from '#tests/support/without-log.ts'

const FAR_COUNTY = '999902'
const FAR_VILLAGE = '999902101001'
const TODAY = '2026-11-21'
const TOMORROW = '2026-11-22'

onBothDatabases('One record shared with one person', (open) => {
  let world: ServerWorld

  beforeAll(async () => {
    world = await ServerWorld.open(await open())
    await world.database.as('accounts', {}, async (tx) => {
      for (const code of ['999901000000', '999901101000', VILLAGE, '999902000000', FAR_VILLAGE])
        await tx.execute(
          sql`INSERT INTO region (code, name, short) VALUES (${code}, '示例', '示例') ON CONFLICT DO NOTHING`,
        )
    })
  })

  /** Somebody with posts in the tables, and a phone whose rights are read from there. */
  async function worker(...posts: [Role, string][]): Promise<Phone> {
    const phone = await world.phone([])
    await world.database.as('accounts', {}, async (tx) => {
      for (const [role, region] of posts) await appoint(tx, accountsOf(world), phone.person, role, region)
    })
    return refreshed(phone)
  }
  /** As the server looks the caller up at every request. */
  async function refreshed(phone: Phone): Promise<Phone> {
    const now = await world.database.as('accounts', {}, async (tx) => ({
      rights: await rightsOf(tx, phone.person, false),
      scopeRev: await scopeRevOf(tx, phone.person, TODAY),
    }))
    Object.assign(phone, now)
    return phone
  }
  const ask = async (by: Phone, method: 'GET' | 'POST', path: string, body?: object) => {
    const answer = await world.app.inject({
      method,
      url: path,
      headers: {
        'x-test-device': String(by.device),
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { payload: JSON.stringify(body) } : {}),
    })
    return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() }
  }
  const pulled = async (phone: Phone, from: number, county = COUNTY) => {
    const { pages, digests } = await world.exchange(phone, {
      pull: { sv: 1, max: 500, s: { [county]: from } },
    })
    return { rows: pages[0]?.rows ?? [], to: pages[0]?.to ?? 0, more: digests[0]?.more }
  }
  const closedDispute = async (by: Phone) => {
    const op = createDispute(by, { body: { flags: ['violence'] } })
    await world.push(by, [op])
    return op.e[1]
  }

  it('[D-27] comes to that phone with the next pull and leaves it when it is taken back; the log and the reason are kept', async () => {
    const [boss, recorder] = [await worker(['coordinator', COUNTY]), await worker(['mediator', VILLAGE])]
    const [guest, other] = [await worker(['mediator', VILLAGE]), await worker(['mediator', VILLAGE])]
    const id = await closedDispute(recorder)
    const { to } = await pulled(guest, 0)
    const before = guest.scopeRev
    const name = { county: COUNTY, kind: 'dispute', id, person: guest.person }
    const given = { ...name, from: TODAY, to: TOMORROW, reason: '记的人住院了，请你接着办' }
    expect(await ask(boss, 'POST', '/api/desk/shares', given)).toEqual({ status: 200, body: { ok: true } })
    await refreshed(guest)
    expect(guest.scopeRev).toBeGreaterThan(before)
    const came = await pulled(guest, to)
    expect(came.rows.map((row) => [row[1], (row[6] as { flags: string[] }).flags])).toEqual([
      [id, ['violence']],
    ])
    expect(came.more).toEqual([['dispute', id, 1, VILLAGE]])
    expect((await pulled(await refreshed(other), to)).rows).toEqual([])
    expect((await ask(boss, 'GET', `/api/desk/shares?county=${COUNTY}`)).body).toEqual({
      shares: [
        {
          person: guest.person,
          name: '示例',
          kind: 'dispute',
          id,
          from: TODAY,
          to: TOMORROW,
          reason: given.reason,
        },
      ],
    })
    expect((await ask(boss, 'POST', '/api/desk/shares/end', name)).status).toBe(200)
    expect((await ask(boss, 'POST', '/api/desk/shares/end', name)).status).toBe(404)
    await refreshed(guest)
    const gone = await pulled(guest, to)
    expect([gone.rows, gone.more]).toEqual([[], undefined])
    expect((await ask(boss, 'GET', `/api/desk/shares?county=${COUNTY}`)).body).toEqual({ shares: [] })
    const { rows: log } = await world.database.as('app', { audit: COUNTY }, (tx) =>
      tx.execute(
        sql`SELECT actor, role, action, object_kind, object_id, region, reason FROM audit WHERE action LIKE 'share.%' ORDER BY seq`,
      ),
    )
    const event = {
      actor: boss.person,
      role: 'coordinator',
      object_kind: 'dispute',
      object_id: id,
      region: COUNTY,
      reason: '',
    }
    expect(log).toEqual([
      { ...event, action: 'share.begin' },
      { ...event, action: 'share.end' },
    ])
  })

  it('[TR-51] who gives a right away and who reads the list of them is in the log; without an entry nothing is given', async () => {
    const [boss, recorder] = [await worker(['coordinator', COUNTY]), await worker(['mediator', VILLAGE])]
    const guest = await worker(['mediator', VILLAGE])
    const name = { county: COUNTY, kind: 'dispute', id: await closedDispute(recorder), person: guest.person }
    const given = { ...name, from: TODAY, to: TOMORROW, reason: '记的人住院了，请你接着办' }
    await withoutLog(world.database, async () => {
      expect((await ask(boss, 'POST', '/api/desk/shares', given)).status).toBe(500)
    })
    expect((await ask(guest, 'GET', `/api/desk/shares?county=${COUNTY}`)).status).toBe(403)
    const { to } = await pulled(guest, 0)
    expect((await ask(boss, 'POST', '/api/desk/shares', given)).status).toBe(200)
    await refreshed(guest)
    expect((await pulled(guest, to)).rows).toHaveLength(1)
    await ask(boss, 'GET', `/api/desk/shares?county=${COUNTY}`)
    const { rows: log } = await world.database.as('app', { audit: COUNTY }, (tx) =>
      tx.execute(
        sql`SELECT action, object_id FROM audit WHERE actor IN (${boss.person}, ${guest.person}) AND action <> 'pull' ORDER BY seq`,
      ),
    )
    expect(log).toEqual([
      { action: 'turned-away', object_id: 'GET /api/desk/shares' },
      { action: 'share.begin', object_id: name.id },
      { action: 'shares.read', object_id: '' },
    ])
  })

  it('[D-27] counts from its first to its last day', async () => {
    const [boss, recorder, guest] = [
      await worker(['coordinator', COUNTY]),
      await worker(['mediator', VILLAGE]),
      await worker(['mediator', VILLAGE]),
    ]
    const id = await closedDispute(recorder)
    const body = { county: COUNTY, kind: 'dispute', id, person: guest.person, reason: '代为回访' }
    expect(
      (await ask(boss, 'POST', '/api/desk/shares', { ...body, from: TOMORROW, to: TOMORROW })).status,
    ).toBe(200)
    await refreshed(guest)
    const sees = async () => (await pulled(guest, 0)).rows.some((row) => row[1] === id)
    const now = world.now
    const days: boolean[] = []
    for (const day of [0, 1, 2]) {
      world.now = now + day * 86_400_000
      days.push(await sees())
    }
    world.now = now
    expect(days).toEqual([false, true, false])
  })

  it('[TR-21] is for the coordinator of that county, for somebody who works there, for a record that is there, and for a time', async () => {
    const recorder = await worker(['mediator', VILLAGE])
    const id = await closedDispute(recorder)
    const [boss, town, far, admin] = [
      await worker(['coordinator', COUNTY]),
      await worker(['coordinator', '999901101']),
      await worker(['coordinator', FAR_COUNTY]),
      await worker(['administrator', COUNTY]),
    ]
    const [guest, stranger] = [await worker(['mediator', VILLAGE]), await worker(['mediator', FAR_VILLAGE])]
    const given = {
      county: COUNTY,
      kind: 'dispute',
      id,
      person: guest.person,
      from: TODAY,
      to: TODAY,
      reason: '请看看',
    }
    const answer = async (by: Phone, more: object) => {
      const { status, body } = await ask(by, 'POST', '/api/desk/shares', { ...given, ...more })
      return [status, body['reason'] ?? 'ok']
    }
    for (const by of [admin, recorder]) expect((await answer(by, {}))[0]).toBe(403)
    for (const by of [town, far]) expect((await answer(by, {}))[0]).toBe(404)
    expect((await ask(town, 'GET', `/api/desk/shares?county=${COUNTY}`)).status).toBe(404)
    expect((await ask(far, 'POST', '/api/desk/shares/end', given)).status).toBe(404)
    expect(await answer(boss, { person: stranger.person })).toEqual([409, 'not-of-county'])
    expect(await answer(boss, { person: randomUUID() })).toEqual([409, 'not-of-county'])
    expect(await answer(boss, { id: randomUUID() })).toEqual([404, 'not-found'])
    expect(await answer(boss, { county: FAR_COUNTY })).toEqual([404, 'not-found'])
    for (const days of [{ from: '2026-11-20' }, { from: TOMORROW }, { to: '2028-01-01' }])
      expect(await answer(boss, days)).toEqual([400, 'days'])
    expect(await answer(boss, { reason: ' ' })).toEqual([400, 'malformed'])
    const { rows } = await world.database.as('accounts', {}, (tx) =>
      tx.execute(sql`SELECT 1 FROM record_grant WHERE record = ${id}`),
    )
    expect(rows).toEqual([])
    expect(await answer(boss, {})).toEqual([200, 'ok'])
  })

  it('[TR-25] opening a file takes two: nobody opens one to themselves, nor to who looks after accounts or reads the log', async () => {
    const recorder = await worker(['mediator', VILLAGE])
    const id = await closedDispute(recorder)
    const boss = await worker(['coordinator', COUNTY])
    const given = { county: COUNTY, kind: 'dispute', id, from: TODAY, to: TODAY, reason: '请看看' }
    const opened = async (person: string) => {
      const { status, body } = await ask(boss, 'POST', '/api/desk/shares', { ...given, person })
      return [status, body['reason'] ?? 'ok']
    }
    expect(await opened(boss.person)).toEqual([403, 'oneself'])
    for (const role of ['administrator', 'auditor'] as const)
      expect(await opened((await worker([role, COUNTY])).person), role).toEqual([409, 'not-of-county'])
    const { rows } = await world.database.as('accounts', {}, (tx) =>
      tx.execute(sql`SELECT 1 FROM record_grant WHERE record = ${id}`),
    )
    expect(rows).toEqual([])
    expect(await opened((await worker(['coordinator', COUNTY])).person)).toEqual([200, 'ok'])
  })

  it('[I-19] a post in a second county brings that county’s ledger, from its beginning, beside the first', async () => {
    const guest = await worker(['mediator', VILLAGE])
    const far = await worker(['mediator', FAR_VILLAGE])
    const there = createDispute(far, { region: FAR_VILLAGE })
    await world.push(far, [there], FAR_COUNTY)
    const both = { [COUNTY]: 0, [FAR_COUNTY]: 0 }
    const fetch = async () => {
      const { pages, hello } = await world.exchange(guest, {
        scopeRev: 0,
        pull: { sv: 1, max: 500, s: both },
      })
      const rows = pages.flatMap((page) => page.rows.map((row) => row[1]))
      return {
        rows,
        grants: hello?.me?.grants.map((one) => one.region),
        heads: pages.map((page) => [page.page, page.to === page.head]),
      }
    }
    expect((await fetch()).rows).not.toContain(there.e[1])
    await world.database.as('accounts', {}, (tx) =>
      appoint(tx, accountsOf(world), guest.person, 'mediator', FAR_VILLAGE),
    )
    await refreshed(guest)
    const { rows, grants, heads } = await fetch()
    expect(rows).toContain(there.e[1])
    expect(grants).toContain(FAR_VILLAGE)
    expect(heads).toEqual([
      [COUNTY, true],
      [FAR_COUNTY, true],
    ])
  })
})
