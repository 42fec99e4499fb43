import { createHmac, hkdfSync, randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { beforeAll, expect, it } from 'vitest'
import { makeProver } from '#server/services/sync/proof.ts'
import { onBothDatabases } from '#tests/support/databases.ts'
import { createDispute, opOf } from '#tests/support/server-ops.ts'
import { COUNTY, grantsOf, ServerWorld, VILLAGE, type Phone } from '#tests/support/server-world.ts'

onBothDatabases('A database that was put back behind our back', (open) => {
  let world: ServerWorld
  let phone: Phone

  beforeAll(async () => {
    world = await ServerWorld.open(await open())
    phone = await world.phone(grantsOf('mediator', VILLAGE))
  })

  const head = async () => {
    const { rows } = await world.database.as('app', {}, (tx) =>
      tx.execute<{ head: number; epoch: string; gen: number }>(
        sql`SELECT s.head, m.epoch, m.gen FROM sync_stream s, sync_meta m WHERE s.county = ${COUNTY}`,
      ),
    )
    return rows[0] as { head: number; epoch: string; gen: number }
  }
  /** As if everything after a ledger position had never been committed. */
  const lose = (after: number) =>
    world.database.as('owner', {}, async (tx) => {
      await tx.execute(sql`DELETE FROM op_receipt WHERE seq > ${after}`)
      await tx.execute(sql`DELETE FROM record WHERE seq > ${after}`)
      await tx.execute(sql`DELETE FROM scope_exit WHERE seq > ${after}`)
      await tx.execute(sql`UPDATE sync_stream SET head = ${after}`)
      await tx.execute(sql`DELETE FROM region_digest`)
      await tx.execute(sql`DELETE FROM rollup`)
    })
  const pull = (from: number) => ({ pull: { sv: 1, max: 500, s: { [COUNTY]: from } } })

  it('[I-33] a phone’s promise tells: a new history begins before anything is decided, and no number is given twice', async () => {
    const [kept, lost] = [createDispute(phone), createDispute(phone)]
    await world.push(phone, [kept])
    const before = await head()
    const { hello, acks } = await world.push(phone, [lost])
    expect(hello?.proof?.length).toBeLessThan(400)
    await lose(before.head)
    // A phone that knows nothing of the loss changes nothing about it: the numbers would be given again.
    expect((await world.exchange(phone, { ...pull(0) })).hello?.epoch).toBe(before.epoch)
    const next = createDispute(phone)
    const answer = await world.exchange(phone, {
      push: { c: COUNTY, ops: [next] },
      ...pull(0),
      epoch: before.epoch,
      proof: hello?.proof as string,
    })
    expect(answer.hello?.epoch).not.toBe(before.epoch)
    expect(answer.acks.map((one) => one[1])).toEqual(['ok'])
    const now = await head()
    expect(now.gen).toBeGreaterThan(before.gen)
    expect(now.epoch).toBe(answer.hello?.epoch)
    expect(answer.acks[0]?.[2]).toBeGreaterThan(acks[0]?.[2] ?? 0)
    expect(answer.acks[0]?.[3]).toBe(now.gen * 2 ** 33)
    // The ring: what was acknowledged and is no longer there comes again, once, under numbers of its own.
    const again = await world.push(phone, [kept, lost])
    expect(again.acks.map((one) => one[1])).toEqual(['ok', 'ok'])
    expect(again.acks[0]?.[2]).toBe(before.head)
    expect(again.acks[1]?.[2]).toBeGreaterThan(now.head)
    const { rows } = await world.database.as('owner', {}, (tx) =>
      tx.execute(
        sql`SELECT count(*) AS n, count(DISTINCT id) AS ids FROM record WHERE recorder = ${phone.person}`,
      ),
    )
    expect(rows).toEqual([{ n: 3, ids: 3 }])
  })

  it('[I-33] tells even when others have pushed beyond the promised place, or when what was lost has no place', async () => {
    const other = await world.phone(grantsOf('mediator', VILLAGE))
    const before = await head()
    const refused = opOf(phone, { k: 'patch', id: randomUUID(), base: 0, a: { facts: '没有' } })
    const { hello, acks } = await world.push(phone, [refused])
    expect(acks[0]).toMatchObject({ 1: 'rejected', 2: 0, 3: 0 })
    expect(await head()).toEqual(before)
    await world.database.as('owner', {}, async (tx) => {
      await tx.execute(sql`DELETE FROM op_receipt WHERE device = ${phone.device} AND n >= ${refused.n}`)
      await tx.execute(sql`DELETE FROM op_refused WHERE device = ${phone.device} AND n >= ${refused.n}`)
      await tx.execute(sql`UPDATE device SET acked_n = ${refused.n - 1} WHERE id = ${phone.device}`)
    })
    await world.push(other, [createDispute(other), createDispute(other)])
    expect((await head()).epoch).toBe(before.epoch)
    const back = await world.exchange(phone, { epoch: before.epoch, proof: hello?.proof as string })
    expect(back.hello?.epoch).not.toBe(before.epoch)
    expect((await world.push(phone, [refused])).acks[0]?.[1]).toBe('rejected')
  })

  it('[I-33] a history that was lost whole is found by its own promise, and its generation is not used again', async () => {
    const before = await head()
    const { device, n } = { device: phone.device, n: 999_999 }
    const prover = makeProver('a secret of this world only, long enough')
    const proof = prover.sign({
      epoch: before.epoch,
      gen: before.gen,
      heads: new Map(),
      acked: { device, n },
      told: [],
      at: 1,
    })
    const lost = (await world.exchange(phone, { proof, ...pull(0) })).hello
    const { gen } = await head()
    // Put back to the state before that history began.
    await world.database.as('owner', {}, async (tx) => {
      await tx.execute(sql`UPDATE sync_meta SET epoch = ${before.epoch}, gen = ${before.gen}`)
      await tx.execute(sql`UPDATE sync_stream SET head = ${before.head} WHERE county = ${COUNTY}`)
    })
    const found = (await world.exchange(phone, { proof: lost?.proof as string })).hello
    expect([before.epoch, lost?.epoch]).not.toContain(found?.epoch)
    expect((await head()).gen).toBeGreaterThan(gen)
  })

  it('[I-34] keeps what it promised before when an answer names no ledger, and what another number of this phone was promised', async () => {
    const { hello } = await world.push(phone, [createDispute(phone)])
    const prover = makeProver('a secret of this world only, long enough')
    const first = prover.read(hello?.proof as string)
    const quiet = await world.exchange(phone, { proof: hello?.proof as string })
    expect(prover.read(quiet.hello?.proof as string)).toEqual({ ...first, at: world.now })
    expect(first).toMatchObject({ acked: { device: phone.device, n: phone.n }, gen: (await head()).gen })
    const again = await world.phone(grantsOf('mediator', VILLAGE))
    const same = await world.exchange(again, { proof: hello?.proof as string })
    expect(same.hello?.epoch).toBe(hello?.epoch)
    await world.database.as('owner', {}, (tx) =>
      tx.execute(sql`UPDATE device SET acked_n = acked_n - 1 WHERE id = ${phone.device}`),
    )
    const lost = await world.exchange(again, { proof: hello?.proof as string })
    expect(lost.hello?.epoch).not.toBe(hello?.epoch)
  })

  it('[I-33] tells when a copy of the phone gave the number of what was lost to something else', async () => {
    const before = await head()
    const [lost, copys] = [createDispute(phone), createDispute(phone)]
    const { hello } = await world.push(phone, [lost])
    await lose(before.head)
    await world.database.as('owner', {}, (tx) =>
      tx.execute(sql`UPDATE device SET acked_n = ${lost.n - 1} WHERE id = ${phone.device}`),
    )
    // As many as were promised, and the same number: only the fingerprint is another.
    const after = await world.push(phone, [{ ...copys, n: lost.n }])
    expect(after.acks[0]?.[1]).toBe('ok')
    expect(await head()).toEqual({ ...before, head: before.head + 1 })
    expect((await world.exchange(phone, { proof: after.hello?.proof as string })).hello?.epoch).toBe(
      before.epoch,
    )
    const told = await world.exchange(phone, { proof: hello?.proof as string })
    expect(told.hello?.epoch).not.toBe(before.epoch)
    expect(
      (await world.push(phone, [{ ...lost, n: phone.n + 1, as: [phone.device, lost.n] }])).acks[0]?.[1],
    ).toBe('ok')
    phone.n += 1
  })

  it('[I-33] names what this phone was told last: decided now, or beside it what was answered once more', async () => {
    const prover = makeProver('a secret of this world only, long enough')
    const [first, second] = [createDispute(phone), createDispute(phone)]
    const toldBy = (proof: string | undefined) => prover.read(proof as string)?.told.map((one) => one.n)
    await world.push(phone, [first])
    const now = await world.push(phone, [second])
    expect(toldBy(now.hello?.proof)).toEqual([second.n])
    const again = await world.exchange(phone, {
      push: { c: COUNTY, ops: [first] },
      proof: now.hello?.proof as string,
    })
    expect(toldBy(again.hello?.proof)).toEqual([second.n, first.n])
    const quiet = await world.exchange(phone, { proof: again.hello?.proof as string })
    expect(toldBy(quiet.hello?.proof)).toEqual([second.n, first.n])
    const third = createDispute(phone)
    const fresh = await world.exchange(phone, {
      push: { c: COUNTY, ops: [first, third] },
      proof: quiet.hello?.proof as string,
    })
    expect(toldBy(fresh.hello?.proof)).toEqual([third.n])
  })

  it('[I-35] a cursor of the lost history misses nothing that was written since', async () => {
    const other = await world.phone(grantsOf('mediator', VILLAGE))
    const before = await head()
    const { hello } = await world.push(phone, [createDispute(phone), createDispute(phone)])
    const cursor = (await head()).head
    await lose(before.head)
    await world.exchange(other, { proof: hello?.proof as string })
    const fresh = createDispute(phone)
    await world.push(phone, [fresh])
    const { pages } = await world.exchange(other, pull(cursor))
    expect(pages[0]?.rows.map((row) => row[1])).toEqual([fresh.e[1]])
  })

  it('[I-33] a version that was lost is never given to another content', async () => {
    const create = createDispute(phone)
    await world.push(phone, [create])
    const { head: at } = await head()
    const edit = (facts: string) => opOf(phone, { k: 'patch', id: create.e[1], base: 1, a: { facts } })
    await world.push(phone, [edit('甲')])
    const { hello, acks } = await world.push(phone, [edit('乙')])
    // The record itself is older than the loss: only its newest versions are gone.
    await world.database.as('owner', {}, async (tx) => {
      await tx.execute(sql`DELETE FROM op_receipt WHERE seq > ${at}`)
      await tx.execute(sql`UPDATE record SET rv = 1, seq = ${at} WHERE id = ${create.e[1]}`)
      await tx.execute(sql`UPDATE sync_stream SET head = ${at}`)
    })
    const { acks: after } = await world.exchange(phone, {
      push: { c: COUNTY, ops: [edit('丙')] },
      proof: hello?.proof as string,
    })
    expect(after[0]?.[3]).toBeGreaterThan(acks[0]?.[3] ?? 0)
  })

  it('[I-33] an old promise, one of another history, of another server, or a damaged one changes nothing', async () => {
    const { hello } = await world.push(phone, [createDispute(phone)])
    const before = await head()
    const proof = hello?.proof as string
    const heads = new Map([[COUNTY, before.head + 99]])
    const more = { gen: before.gen, heads, acked: { device: phone.device, n: 999 }, told: [], at: world.now }
    const strange = [
      proof,
      `${proof}x`,
      proof.slice(0, 40),
      '',
      'a.b',
      makeProver('another secret of another server').sign({ epoch: before.epoch, ...more }),
      makeProver('a secret of this world only, long enough').sign({
        ...more,
        epoch: 'e0',
        gen: before.gen - 1,
      }),
    ]
    for (const one of strange) expect((await world.exchange(phone, { proof: one })).status).toBe(200)
    expect(await head()).toEqual(before)
  })

  it('promises at most six counties in few characters, and reads back what it said', () => {
    const prover = makeProver('x'.repeat(40))
    const heads = new Map(
      Array.from({ length: 16 }, (_, i) => [`9999${10 + i}`, Number.MAX_SAFE_INTEGER - i]),
    )
    const pledge = {
      epoch: '0b9e5b1c-3a43-4d0c-9d1a-8a8f6c0f2b11',
      gen: 2 ** 20 - 1,
      heads,
      acked: { device: 2 ** 36 + 1, n: 2 ** 31 },
      told: [1, 2].map((n) => ({ county: '999901', device: 2 ** 36 + 1, n: 2 ** 31 + n, hash: '0a1b2c3d' })),
      at: 8_640_000_000_000_000,
    }
    const proof = prover.sign(pledge)
    expect(proof.length).toBeLessThanOrEqual(400)
    expect(prover.read(proof)).toEqual({ ...pledge, heads: new Map([...heads].slice(0, 6)) })
  })

  it('reads the promises of servers that named no device, no generation and no op', () => {
    const secret = 'x'.repeat(40)
    const key = Buffer.from(hkdfSync('sha256', secret, 'mingbai', 'sync proof', 32))
    const before = (text: string) => {
      const payload = Buffer.from(text).toString('base64url')
      return `${payload}.${createHmac('sha256', key).update(payload).digest('base64url')}`
    }
    const place = 16_000 * 2 ** 33 + 77
    const prover = makeProver(secret)
    expect(prover.read(before(`0b9e-5b.abc.999901=${place.toString(36)}`))).toEqual({
      epoch: '0b9e-5b',
      gen: 16_000,
      heads: new Map([['999901', place]]),
      acked: null,
      told: [],
      at: parseInt('abc', 36),
    })
    expect(prover.read(before('0b9e-5b.abc'))).toMatchObject({ gen: 0, heads: new Map() })
    expect(prover.read(before('0b9e-5b.abc.g1.d2=5.999901=7'))).toMatchObject({
      acked: { device: 2, n: 5 },
      told: [],
    })
    for (const text of ['0b9e-5b', '0b9e-5b.abc.g', '0b9e-5b.abc.999901', '0b9e-5b.abc.d1', ''])
      expect(prover.read(before(text))).toBeNull()
  })
})
