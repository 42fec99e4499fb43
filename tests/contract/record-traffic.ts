import { makeTemplate, openInMemory } from '#server/database/embedded.ts'
import { NoAnswer, type Net } from '#sync/engine/ports.ts'
import { EXCHANGE_PATH, type ExchangeRequest } from '#sync/protocol/wire.ts'
import { agreeEdit, disputeEdit, outreachEdit, patchEdit } from '#tests/support/phone-people.ts'
import { TinyServer } from '#tests/support/phone-server.ts'
import { makeBrowser, makeMe, when } from '#tests/support/phone-world.ts'
import { makeOp } from '#tests/support/make-op.ts'
import { OTHER_VILLAGE, VILLAGE } from '#tests/support/make-rights.ts'
import { grantsOf, NOW, ServerWorld } from '#tests/support/server-world.ts'
import type { TrafficFixture } from './landed.ts'

const FOREIGN = '999901103201'

/** What goes between the phone and the real server, written down; `lost`: the answer does not arrive. */
function wiretap(
  world: ServerWorld,
  seen: TrafficFixture['exchanges'],
  weather: { now: 'fair' | 'down' | 'lost' },
): Net {
  return {
    abort: () => undefined,
    async exchange(body) {
      if (weather.now === 'down') throw new NoAnswer()
      const request = JSON.parse(new TextDecoder().decode(body)) as ExchangeRequest
      const answer = await world.app.inject({
        method: 'POST',
        url: EXCHANGE_PATH,
        headers: { 'content-type': 'application/json', 'x-test-device': String(request.dev) },
        payload: Buffer.from(body),
      })
      seen.push({ at: world.now, status: answer.statusCode, request, answer: answer.body })
      world.now += 1000
      if (weather.now === 'lost') throw new NoAnswer()
      return {
        status: answer.statusCode,
        retryAfter: null,
        contentType: String(answer.headers['content-type']),
        chunks: (async function* () {
          yield new Uint8Array(answer.rawPayload)
        })(),
      }
    },
  }
}

/**
 * What a phone and the server of this build say to each other in a day: a first sync, work without a network, a conflict, a
 * refusal, an answer lost on the way, new rights. Another phone of the village works too.
 */
export async function recordTraffic(): Promise<TrafficFixture> {
  const world = await ServerWorld.open(await openInMemory(await makeTemplate()))
  const grants = [...grantsOf('mediator', VILLAGE), ...grantsOf('mediator', OTHER_VILLAGE)]
  const mine = await world.phone(grants)
  const other = await world.phone(grants)
  const exchanges: TrafficFixture['exchanges'] = []
  const weather: { now: 'fair' | 'down' | 'lost' } = { now: 'fair' }
  const net = wiretap(world, exchanges, weather)
  const say = async (ops: object[]) => {
    const request = world.request(other, { push: { c: VILLAGE.slice(0, 6), ops: ops as never } })
    await net.exchange(new TextEncoder().encode(JSON.stringify(request)))
  }
  const otherOp = (n: number, more: object) => makeOp({ r: VILLAGE, ...more, n, t: [world.now, n, 0] })
  const idOf = (n: number) => `01912345-0000-7000-8000-${String(n).padStart(12, '0')}`
  await say([1, 2, 3].map((n) => otherOp(n, { e: ['dispute', idOf(n)], b: 0 })))
  await say([otherOp(4, { e: ['dispute', idOf(4)], b: 0, r: OTHER_VILLAGE })])
  const browser = await makeBrowser(new TinyServer(() => NOW), {
    device: mine.device,
    me: makeMe({ person: mine.person, grants }),
    ports: { net },
  })
  const book = await browser.open()
  await when(book.rows, (rows) => rows.length === 4)
  const [dispute, talk, foreign] = [book.newId(), book.newId(), book.newId()]
  await book.save([disputeEdit(dispute, { facts: '水沟堵了' })])
  await book.save([outreachEdit(talk, { attendances: 35 })])
  await book.tryNow()
  await when(book.status, (status) => status.waiting === 0)
  weather.now = 'down'
  await book.save([patchEdit(dispute, { facts: '两家争水沟', place: '村口' }), agreeEdit(dispute)])
  await book.save([{ ...disputeEdit(foreign), region: FOREIGN }])
  weather.now = 'fair'
  await say([otherOp(5, { k: 'patch', e: ['dispute', dispute], b: 1, a: { facts: '水沟两家共用' } })])
  weather.now = 'lost'
  await book.tryNow()
  weather.now = 'fair'
  browser.clock.pass(120_000)
  await book.tryNow()
  await when(book.status, (status) => status.waiting === 0)
  Object.assign(mine, { scopeRev: 2, rights: { ...mine.rights, grants: grantsOf('mediator', VILLAGE) } })
  await say([otherOp(6, { k: 'patch', e: ['dispute', idOf(1)], b: 1, a: { place: '村东头' } })])
  browser.clock.pass(120_000)
  await book.tryNow()
  await book.close()
  await world.app.close()
  await world.database.close()
  return { devices: [mine, other].map(({ device, person }) => ({ device, person })), exchanges }
}
