import type { Grant } from '#domain/access/grant.ts'
import { NoAnswer, type Net } from '#sync/engine/ports.ts'
import { EXCHANGE_PATH, HEAD_PATH } from '#sync/protocol/wire.ts'
import { openTestDatabase } from '#tests/support/databases.ts'
import { ServerWorld, type Phone } from '#tests/support/server-world.ts'

/** Today's real server over an embedded database, at a moment. */
export async function todaysServer(now: number): Promise<ServerWorld> {
  const world = await ServerWorld.open(await openTestDatabase('embedded'))
  world.now = now
  return world
}

export async function closeServer(world: ServerWorld): Promise<void> {
  await world.app.close()
  await world.database.close()
}

/** Enrols people until the wanted device number is theirs: an old phone has the number it has. */
export async function enrol(
  world: ServerWorld,
  who: { device: number; person: string },
  grants: readonly Grant[],
): Promise<Phone> {
  for (;;) {
    const next = Math.max(0, ...world.phones.keys()) + 1
    const phone = await world.phone(grants, [], next === who.device ? who.person : undefined)
    if (phone.device === who.device) return phone
    if (phone.device > who.device) throw new Error(`device ${who.device} is somebody else's`)
  }
}

/** A phone's line to the real server; down while `sky.now` says so. */
export function lineTo(world: ServerWorld, device: number, sky: { now: unknown }): Net {
  const ask = async (request: { method: 'GET' | 'POST'; url: string; payload?: Buffer }) => {
    if (sky.now === 'down') throw new NoAnswer()
    world.now += 1000
    const answer = await world.app.inject({
      ...request,
      headers: { 'content-type': 'application/json', 'x-test-device': String(device) },
    })
    const after = answer.headers['retry-after']
    return {
      status: answer.statusCode,
      retryAfter: after === undefined ? null : Number(after),
      contentType: String(answer.headers['content-type']),
      chunks: (async function* () {
        yield new Uint8Array(answer.rawPayload)
      })(),
    }
  }
  return {
    abort: () => undefined,
    exchange: (body) => ask({ method: 'POST', url: EXCHANGE_PATH, payload: Buffer.from(body) }),
    head: (counties) => ask({ method: 'GET', url: `${HEAD_PATH}?c=${counties.join(',')}` }),
  }
}
