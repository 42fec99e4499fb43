import type { LightMyRequestResponse } from 'fastify'
import * as v from 'valibot'
import { EXCHANGE_PATH } from '#sync/protocol/wire.ts'
import { allAsks } from '../access/all-asks.ts'
import { ANSWERS } from '../access/answers.ts'
import { CANARIES, type Actor } from '../access/cast.ts'
import { canariesOf } from '../access/may-meet.ts'
import type { MayMeet } from '../access/matrix.ts'
import type { AccessWorld } from '../access/world.ts'
import { undeclaredIn } from '../access/undeclared.ts'
import { diceOf } from './dice.ts'
import { keepRights, type Touched } from './keep.ts'
import { Gun, type Shot } from './requests.ts'

const SLOW_MS = 2000
const REFUSED = v.strictObject({
  reason: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]*$/)),
  sentence: v.pipe(v.string(), v.minLength(2)),
  where: v.optional(v.string()),
  // What a phone is told to do, also when it is turned away.
  directives: v.optional(v.array(v.unknown())),
})

export interface Fuzzed {
  operations: number
  requests: number
  /** How often each status was answered. */
  byStatus: Record<string, number>
  slowestMs: number
  /** What was wrong: which promise, and the request. */
  wrong: string[]
}

const isJson = (answer: LightMyRequestResponse): boolean =>
  String(answer.headers['content-type']).startsWith('application/json')

/** What is wrong with the shape of an answer; null: nothing. */
function shapeFault(shot: Shot, answer: LightMyRequestResponse): string | null {
  const { statusCode, body } = answer
  if (statusCode >= 500) return `answered ${statusCode}`
  if (shot.options.method === 'HEAD') return null
  if (statusCode >= 400) {
    const isPage = String(answer.headers['content-type']).startsWith('text/html')
    if (isPage && !shot.operation.includes(' /api/')) return null
    return isJson(answer) && v.is(REFUSED, answer.json()) ? null : `refuses with ${body.slice(0, 80)}`
  }
  if (String(answer.headers['content-type']).includes('ndjson') && body !== '') {
    for (const line of body.trim().split('\n')) JSON.parse(line)
    return null
  }
  if (!isJson(answer) || statusCode !== 200) return null
  const said: unknown = answer.json()
  const schema = ANSWERS[shot.operation]
  if (!schema) return null
  const parsed = v.safeParse(schema, said)
  if (!parsed.success) return `answers beside its schema at ${v.getDotPath(parsed.issues[0]) ?? ''}`
  return undeclaredIn(schema, said)[0] ?? null
}

const tellOf = ({ operation, sort, actor, options }: Shot): string =>
  `${operation} (${sort}) by ${actor.name}: ${JSON.stringify({ ...options, payload: undefined }).slice(0, 600)} ${String(options.payload ?? '').slice(0, 900)}`

/** Canaries of an answer or a log line that its reader may not meet, but for those of their own request. */
function leaksIn(text: string, shot: Shot, known: ReadonlySet<string>, may: MayMeet | null): string[] {
  const own = `${String(shot.options.url)}${String(shot.options.payload ?? '')}`
  const met = new Set((text.match(CANARIES) ?? []).filter((one) => known.has(one) && !own.includes(one)))
  return [...met].filter((one) => !may || !may(shot.actor as Actor, one))
}

function touchedBy(
  { options, operation }: Shot,
  { statusCode, body }: LightMyRequestResponse,
): Touched | null {
  if (statusCode >= 400 || options.method === 'GET' || options.method === 'HEAD') return null
  if (!operation.endsWith(EXCHANGE_PATH)) return 'rights'
  return /"acks":\[\[/.test(body) ? 'records' : null
}

/**
 * Asks every operation of the description in turn, as many who ask, with requests that are right, nearly right and hostile, and holds
 * every answer against what is promised of all: no 5xx, its schema, nobody else's canary in answer or log, soon.
 * @param enough asked before each request, with how many there were; the same seed gives the same requests
 */
export async function fuzz(
  world: AccessWorld,
  { seed, enough }: { seed: number; enough: (requests: number) => boolean },
): Promise<Fuzzed> {
  const { asks, described, office } = await allAsks(world)
  const { known, mayMeet } = canariesOf(world, office)
  const putBack = await keepRights(world)
  const gun = new Gun({ asks, described, actors: world.actors, dice: diceOf(seed) })
  const done: Fuzzed = {
    operations: new Set(asks.map((one) => one.operation)).size,
    requests: 0,
    byStatus: {},
    slowestMs: 0,
    wrong: [],
  }
  while (!enough(done.requests) && done.wrong.length < 40) {
    const shot = gun.next()
    if (shot.sort === 'valid') await shot.ask.ready?.(shot.thing)
    world.log.length = 0
    const began = process.cpuUsage()
    const answer = await world.send(shot.actor, shot.options)
    const { user, system } = process.cpuUsage(began)
    const log = world.log.join('')
    // Server and database are in this process: its own time, whatever else the computer was doing.
    const ms = (user + system) / 1000
    done.requests++
    done.byStatus[answer.statusCode] = (done.byStatus[answer.statusCode] ?? 0) + 1
    done.slowestMs = Math.max(done.slowestMs, Math.round(ms))
    const told = `${answer.body}\n${JSON.stringify(answer.headers)}`
    const faults = [
      shapeFault(shot, answer),
      ms > SLOW_MS ? `took ${Math.round(ms)} ms` : null,
      ...leaksIn(told, shot, known, mayMeet).map((one) => `shows ${one}`),
      ...leaksIn(log, shot, known, null).map((one) => `logs ${one}`),
    ]
    for (const one of faults) {
      if (one === null) continue
      done.wrong.push(`${one}: ${tellOf(shot)} ${log.slice(0, 600)}`)
      // At once: a long run may be broken off.
      console.log(`WRONG ${done.wrong.at(-1)}`)
    }
    const touched = touchedBy(shot, answer)
    if (touched) await putBack(touched)
    if (shot.sort === 'valid') await shot.ask.mend?.(shot.thing, shot.actor)
  }
  return done
}
