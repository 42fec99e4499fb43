import * as v from 'valibot'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Grant } from '#domain/access/grant.ts'
import { answerLines, type AnswerLine } from '#sync/engine/answer-lines.ts'
import type { HelloLine } from '#sync/protocol/wire.ts'
import { EXCHANGE_PATH } from '#sync/protocol/wire.ts'
import { OTHER_VILLAGE, VILLAGE } from '#tests/support/make-rights.ts'
import { grantsOf, type ServerWorld } from '#tests/support/server-world.ts'
import { buildOf, LANDED_BUILDS, trafficOf, type Build, type TrafficFixture } from './landed.ts'
import { closeServer, enrol, todaysServer } from './server.ts'

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** Every line of an answer as a build reads it; throws where it would say that this is no answer of ours. */
async function linesOf(build: Pick<Build, 'answerLines'>, answer: string): Promise<AnswerLine[]> {
  const chunks = (async function* () {
    yield new TextEncoder().encode(answer)
  })()
  const lines: AnswerLine[] = []
  for await (const one of build.answerLines(chunks, decode)) lines.push(one)
  return lines
}

type Lines = readonly AnswerLine[]
const outcomesIn = (lines: Lines) =>
  lines.flatMap((one) => (one.is === 'acks' ? one.line.acks.map(([n, outcome]) => [n, outcome]) : []))
/** The records an answer brings; who wrote them down is another person in another world. */
const rowsIn = (lines: Lines) =>
  lines.flatMap((one) =>
    one.is === 'page'
      ? one.line.rows.map(([kind, id, region, lane, rv, , body]) => [kind, id, region, lane, rv, body])
      : [],
  )
const helloIn = (lines: Lines): HelloLine => {
  const [first] = lines
  if (first?.is !== 'hello') throw new Error('an answer begins with hello')
  return first.line
}

/** The grants a phone's person had before and after its rights changed. */
const grantsAt = (scopeRev: number): Grant[] => [
  ...grantsOf('mediator', VILLAGE),
  ...(scopeRev === 1 ? grantsOf('mediator', OTHER_VILLAGE) : []),
]

/** Says to a server of today what was said to one of before, and gives both answers, each as the old build reads it. */
async function replay(world: ServerWorld, build: Build, { devices, exchanges }: TrafficFixture) {
  for (const one of devices) await enrol(world, one, grantsAt(1))
  const both: { before: Lines; now: Lines; text: string }[] = []
  // The one thing a phone repeats of its server's own words is the promise it was given: another server has given another one.
  const promised = new Map<number, string>()
  for (const { at, status, request, answer } of exchanges) {
    world.now = at
    const before = await linesOf(build, answer)
    const phone = world.phones.get(request.dev)
    const { scopeRev } = helloIn(before)
    if (phone) Object.assign(phone, { scopeRev, rights: { ...phone.rights, grants: grantsAt(scopeRev) } })
    const today = await world.app.inject({
      method: 'POST',
      url: EXCHANGE_PATH,
      headers: { 'content-type': 'application/json', 'x-test-device': String(request.dev) },
      payload: JSON.stringify({
        ...request,
        ...(request.proof === undefined ? {} : { proof: promised.get(request.dev) }),
      }),
    })
    expect(today.statusCode).toBe(status)
    const now = await linesOf(build, today.body)
    const { proof } = helloIn(now)
    if (proof !== undefined) promised.set(request.dev, proof)
    both.push({ before, now, text: today.body })
  }
  return both
}

describe.each(LANDED_BUILDS)('a phone of landing %i, word for word', (landed) => {
  const traffic = trafficOf(landed)
  let build: Build
  let both: Awaited<ReturnType<typeof replay>>
  beforeAll(async () => {
    build = await buildOf(landed)
    const world = await todaysServer(traffic.exchanges[0]?.at ?? 0)
    both = await replay(world, build, traffic)
    await closeServer(world)
  })

  it('[L-34] [I-46] is understood by today’s server, which answers so that it understands', () => {
    expect(both.flatMap(({ before }) => outcomesIn(before)).length).toBeGreaterThan(10)
    for (const { before, now } of both) {
      const end = before.at(-1) as { batch: string }
      expect(now.at(-1)).toMatchObject({ is: 'end', whole: true, batch: end.batch })
      expect(outcomesIn(now)).toEqual(outcomesIn(before))
      expect(rowsIn(now)).toEqual(rowsIn(before))
      expect(helloIn(now)).toMatchObject({ scopeRev: helloIn(before).scopeRev, ringSafe: 0, wait: 0 })
    }
  })

  it('[L-34] finds in every answer what its own schemas ask for', () => {
    const { AcksLineSchema, DigestLineSchema, EndLineSchema, HelloLineSchema, PageLineSchema } = build.wire
    const known = [HelloLineSchema, AcksLineSchema, PageLineSchema, DigestLineSchema, EndLineSchema]
    const seen = new Set<number>()
    for (const { text } of both)
      for (const line of text.trimEnd().split('\n')) {
        const which = known.findIndex((schema) => v.is(schema, JSON.parse(line)))
        expect(which, line).toBeGreaterThanOrEqual(0)
        seen.add(which)
      }
    expect(seen.size).toBe(known.length)
  })

  it('[L-34] was answered by a server whose answers today’s phone still reads', async () => {
    for (const { answer } of traffic.exchanges) {
      const lines = await linesOf({ answerLines }, answer)
      expect(lines.map((one) => one.is)).not.toContain('other')
      expect(lines.at(-1)).toMatchObject({ is: 'end', whole: true })
    }
  })
})
