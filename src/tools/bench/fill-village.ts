import { randomBytes } from 'node:crypto'
import { makeId, type Id } from '#domain/id.ts'
import { dayOf } from '#domain/time/day.ts'
import type { Entered } from '#sync/protocol/accounts.ts'
import type { Op } from '#sync/protocol/op.ts'
import { EXCHANGE_PATH, LIMITS, PROTOCOL } from '#sync/protocol/wire.ts'

const FAMILIES = ['王', '李', '赵', '杨', '段', '和', '张', '陈']
const TROUBLES = ['排水', '地界', '牲口', '借钱', '赡养', '过路']
const HEADERS = { 'content-type': 'application/json', 'x-mingbai': '1' }

const idAt = (at: number): string => makeId(at, randomBytes(10))

/** Another phone of the demo's mediator, as the wire sees it. */
export interface WirePhone {
  origin: string
  cookie: string
  entered: Entered
  village: string
  /** The number its next op gets. */
  n: number
}

/** @param origin address of the demo's mediator */
export async function enterByWire(origin: string): Promise<WirePhone> {
  const entry = await fetch(`${origin}/api/entry/demo`, {
    method: 'POST',
    headers: { ...HEADERS, origin },
    body: '{}',
  })
  if (!entry.ok) throw new Error(`entering the demo: ${entry.status} ${await entry.text()}`)
  const cookie = entry.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ')
  const entered = (await entry.json()) as Entered
  const village = entered.me.posts.find((post) => post.role === 'mediator')?.region
  if (!village) throw new Error('the demo’s first person is no mediator')
  return { origin, cookie, entered, village, n: 1 }
}

/** An invented dispute as `create` carries it: somebody wrote up a long drawer of them, one an hour. */
export function disputeArgs(i: number, person: string, at: number): Op['a'] {
  const on = dayOf(at)
  const party = (step: number) => ({
    id: idAt(at),
    name: `${FAMILIES[(i + step) % FAMILIES.length]}示例`,
    kind: 'person',
  })
  return {
    type: 'D02',
    word: '',
    topic: TROUBLES[i % TROUBLES.length],
    source: 'S1',
    place: '村口',
    flags: [],
    mediator: person,
    parties: [party(1), party(4)],
    facts: '两家为屋后的水沟争了起来，说好第二天一起去看。'.repeat(3),
    happenedOn: on,
    acceptedOn: on,
    paperNo: `示例 ${on.slice(0, 4)}–Z${String(i).padStart(4, '0')}`,
    mediatorName: '',
  }
}

type Change = Pick<Op, 'k' | 'e' | 'b' | 'a'>

/** Hands in changes over the wire, in whole batches. Throws when the server takes fewer. */
export async function handInByWire(phone: WirePhone, changes: readonly Change[]): Promise<void> {
  const { origin, cookie, entered, village } = phone
  const now = Date.now()
  for (let from = 0; from < changes.length; from += LIMITS.batchOps / 2) {
    const ops = changes
      .slice(from, from + LIMITS.batchOps / 2)
      .map((one): Op => ({ i: idAt(now), n: phone.n++, v: 1, r: village, t: [now, 0, 0], ...one }))
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
      headers: { ...HEADERS, origin, cookie },
      body,
    })
    const text = await answer.text()
    const taken = text.match(/"ok"/g)?.length ?? 0
    if (!answer.ok || taken < ops.length)
      throw new Error(`handing in: ${answer.status}, ${taken} of ${ops.length}: ${text.slice(0, 300)}`)
  }
}

/**
 * Hands in so many disputes as another phone of the mediator would, so that the phone that is measured pulls them.
 * @param origin address of the demo's mediator
 * @returns the phone, and the ids of the disputes
 */
export async function fillVillage(origin: string, count: number): Promise<{ phone: WirePhone; ids: Id[] }> {
  const phone = await enterByWire(origin)
  const now = Date.now()
  const changes = Array.from({ length: count }, (_, i): Change => {
    const at = now - (i + 1) * 3_600_000
    return { k: 'create', e: ['dispute', idAt(at)], b: 0, a: disputeArgs(i, phone.entered.me.person, at) }
  })
  await handInByWire(phone, changes)
  return { phone, ids: changes.map((one) => one.e[1]) }
}
