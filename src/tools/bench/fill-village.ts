import { randomBytes } from 'node:crypto'
import { makeId } from '#domain/id.ts'
import { dayOf } from '#domain/time/day.ts'
import type { Entered } from '#sync/protocol/accounts.ts'
import type { Op } from '#sync/protocol/op.ts'
import { EXCHANGE_PATH, LIMITS, PROTOCOL } from '#sync/protocol/wire.ts'

const FAMILIES = ['王', '李', '赵', '杨', '段', '和', '张', '陈']
const TROUBLES = ['排水', '地界', '牲口', '借钱', '赡养', '过路']

const idAt = (at: number): string => makeId(at, randomBytes(10))

/** The n-th op of a phone on which somebody wrote up a long drawer of invented disputes, one an hour. */
function disputeOp(n: number, village: string, person: string, now: number): Op {
  const at = now - n * 3_600_000
  const on = dayOf(at)
  const name = (i: number) => `${FAMILIES[(n + i) % FAMILIES.length]}示例`
  return {
    i: idAt(at),
    n,
    k: 'create',
    v: 1,
    e: ['dispute', idAt(at)],
    r: village,
    b: 0,
    a: {
      type: 'D02',
      word: '',
      topic: TROUBLES[n % TROUBLES.length],
      source: 'S1',
      place: '村口',
      flags: [],
      mediator: person,
      parties: [
        { id: idAt(at), name: name(1), kind: 'person' },
        { id: idAt(at), name: name(4), kind: 'person' },
      ],
      facts: '两家为屋后的水沟争了起来，说好第二天一起去看。'.repeat(3),
      happenedOn: on,
      acceptedOn: on,
      paperNo: `示例 ${on.slice(0, 4)}–Z${String(n).padStart(4, '0')}`,
      mediatorName: '',
    },
    t: [at, 0, 0],
  }
}

/**
 * Hands in so many disputes as another phone of the mediator would, over the wire, so that the phone that is measured pulls them.
 * Throws when the server takes fewer.
 * @param origin address of the demo's mediator
 */
export async function fillVillage(origin: string, count: number): Promise<void> {
  const headers = { 'content-type': 'application/json', 'x-mingbai': '1', origin }
  const entry = await fetch(`${origin}/api/entry/demo`, { method: 'POST', headers, body: '{}' })
  if (!entry.ok) throw new Error(`entering the demo: ${entry.status} ${await entry.text()}`)
  const cookie = entry.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ')
  const entered = (await entry.json()) as Entered
  const village = entered.me.posts.find((post) => post.role === 'mediator')?.region
  if (!village) throw new Error('the demo’s first person is no mediator')
  const now = Date.now()
  for (let from = 1; from <= count; from += LIMITS.batchOps / 2) {
    const ops = Array.from({ length: Math.min(LIMITS.batchOps / 2, count + 1 - from) }, (_, i) =>
      disputeOp(from + i, village, entered.me.person, now),
    )
    const body = JSON.stringify({
      p: PROTOCOL,
      app: 'bench',
      dev: entered.device,
      epoch: entered.epoch,
      scopeRev: entered.scopeRev,
      t: now,
      mono: 0,
      stat: { out: ops.length, oldest: 0, dead: 0, blobs: 0 },
      push: { c: village.slice(0, 6), ops },
    })
    const answer = await fetch(`${origin}${EXCHANGE_PATH}`, {
      method: 'POST',
      headers: { ...headers, cookie },
      body,
    })
    const text = await answer.text()
    const taken = text.match(/"ok"/g)?.length ?? 0
    if (!answer.ok || taken < ops.length)
      throw new Error(`handing in: ${answer.status}, ${taken} of ${ops.length}: ${text.slice(0, 300)}`)
  }
}
