import type { InjectOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allAsks, operationsIn, type Described } from '#tests/support/access/all-asks.ts'
import type { Ask } from '#tests/support/access/ask.ts'
import type { Actor } from '#tests/support/access/cast.ts'
import { wanted } from '#tests/support/access/matrix.ts'
import { makeThing, type Thing } from '#tests/support/access/things.ts'
import { openAccessWorld, type AccessWorld } from '#tests/support/access/world.ts'
import { openTestDatabase } from '#tests/support/databases.ts'

/** How a page of ours asks; the first as an engine that says nothing of itself. */
const OURS: readonly Record<string, string>[] = [
  {},
  { 'sec-fetch-site': 'same-origin' },
  { 'sec-fetch-site': 'same-origin', origin: 'https://mingbai.test' },
  { origin: 'https://mingbai.test' },
]
/** How others' pages ask, in engines that say so one way or the other. */
const THEIRS: readonly Record<string, string>[] = [
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'none' },
  { 'sec-fetch-site': 'cross-site', origin: 'https://mingbai.test' },
  { 'sec-fetch-site': '' },
  { origin: 'https://example.org' },
  { origin: 'null' },
  { origin: '' },
  { origin: 'http://mingbai.test' },
  { origin: 'https://mingbai.test:8443' },
  { origin: 'https://mingbai.test.example.org' },
  { origin: 'https://www.mingbai.test' },
]
/** What a form or a script of another page may send without being asked first. */
const UNASKED = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', '']
const SAFE = ['GET', 'HEAD']
const OTHER = '"reason":"other-site"'

describe('[embedded] What pages of other sites can do', { timeout: 120_000 }, () => {
  let world: AccessWorld
  let asks: Ask[]
  let described: Described
  beforeAll(async () => {
    world = await openAccessWorld(await openTestDatabase('embedded'))
    ;({ asks, described } = await allAsks(world))
  }, 120_000)
  afterAll(async () => {
    await world.close()
    await world.database.close()
  })

  const NOTHING = makeThing('')
  /** Somebody who may, and about what. */
  function granted(one: Ask): { actor: Actor; thing: Thing } {
    for (const thing of one.things ?? [null])
      for (const actor of world.actors)
        if (['yes', 'alike'].includes(wanted(one, actor, thing))) return { actor, thing: thing ?? NOTHING }
    return { actor: world.actors[0] as Actor, thing: NOTHING }
  }
  const methodOf = (one: Ask) => one.operation.split(' ')[0] ?? ''
  const isData = (one: Ask) => one.operation.includes(' /api/')
  let cells = 0
  async function ask(one: Ask, more: Record<string, string>, drop: readonly string[] = []) {
    const { actor, thing } = granted(one)
    const options = one.send(actor, thing)
    const headers = { ...options.headers, ...more } as Record<string, string>
    for (const name of drop) delete headers[name]
    cells++
    const answer = await world.send(actor, { ...options, headers } as InjectOptions)
    const cors = Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))
    return { status: answer.statusCode, body: answer.body, cors, other: answer.body.includes(OTHER) }
  }
  const said = (one: Ask, more: object) => `${one.operation} ${one.part ?? ''} ${JSON.stringify(more)}`

  it('[TR-54] every changing operation is refused to them, whoever is signed in, and changes nothing', async () => {
    const wrong: string[] = []
    const changing = asks.filter((one) => !SAFE.includes(methodOf(one)))
    for (const one of changing) {
      const { thing } = granted(one)
      await one.ready?.(thing)
      const before = JSON.stringify((await one.look?.(thing)) ?? null)
      for (const more of THEIRS) {
        const { status, other, cors } = await ask(one, more)
        if (status !== 403 || !other || cors.length > 0)
          wrong.push(`${said(one, more)}: ${status} ${cors.join()}`)
      }
      if (JSON.stringify((await one.look?.(thing)) ?? null) !== before) wrong.push(`${one.operation} changed`)
    }
    expect(wrong).toEqual([])
    const named = new Set(changing.map((one) => one.operation))
    expect(
      operationsIn(described).filter((one) => !SAFE.includes(one.split(' ')[0] ?? '') && !named.has(one)),
    ).toEqual([])
  })

  it('[TR-54] no operation takes what a page may send elsewhere without being asked', async () => {
    const wrong: string[] = []
    for (const one of asks.filter((each) => !SAFE.includes(methodOf(each)))) {
      const { actor, thing } = granted(one)
      await one.ready?.(thing)
      const before = JSON.stringify((await one.look?.(thing)) ?? null)
      for (const type of UNASKED) {
        // A header of its own is not to be sent unasked either.
        const own = Object.keys(one.send(actor, thing).headers ?? {}).filter((name) =>
          /^(upload|tus)/.test(name),
        )
        const { status } = await ask(one, { 'content-type': type }, own)
        // Who has no word for the drop-box is nobody there, whatever they send.
        const isNobody = one.operation.endsWith('/dropbox') && status === 401
        if (status !== 415 && status !== 400 && !isNobody) wrong.push(`${said(one, { type })}: ${status}`)
      }
      if (JSON.stringify((await one.look?.(thing)) ?? null) !== before) wrong.push(`${one.operation} changed`)
    }
    expect(wrong).toEqual([])
  })

  it('[TR-54] data is given to no other page, in no answer stands a word that lets one read it', async () => {
    const wrong: string[] = []
    for (const one of asks.filter((each) => SAFE.includes(methodOf(each)) && isData(each)))
      for (const more of [
        { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
        { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors', origin: 'https://other.mingbai.test' },
      ]) {
        const { status, cors } = await ask(one, more)
        if (status !== 403 || cors.length > 0) wrong.push(`${said(one, more)}: ${status} ${cors.join()}`)
      }
    for (const path of Object.keys(described.paths)) {
      const url = path.replace(/\{\w+\}/g, 'x')
      const headers = { origin: 'https://example.org', 'access-control-request-method': 'POST' }
      const answer = await world.send(null, { method: 'OPTIONS', url, headers })
      cells++
      if (answer.statusCode < 400) wrong.push(`OPTIONS ${path}: ${answer.statusCode}`)
      if (Object.keys(answer.headers).some((name) => name.startsWith('access-control')))
        wrong.push(`OPTIONS ${path}`)
    }
    expect(wrong).toEqual([])
  })

  it('[TR-54] our own pages are answered, and pages may be linked to from anywhere', async () => {
    const wrong: string[] = []
    for (const one of asks) {
      const { actor, thing } = granted(one)
      for (const more of OURS) {
        await one.ready?.(thing)
        const { other } = await ask(one, more)
        await one.mend?.(thing, actor)
        if (other) wrong.push(said(one, more))
      }
    }
    for (const one of asks.filter((each) => !isData(each))) {
      const { status } = await ask(one, { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })
      if (status >= 400) wrong.push(`${one.operation}: ${status}`)
    }
    expect(wrong).toEqual([])
    console.log(`other sites: ${cells} requests, ${asks.length} ways to ask`)
    expect(cells).toBeGreaterThan(500)
  })
})
