import { beforeEach, describe, expect, it } from 'vitest'
import { NoAnswer } from '#sync/engine/ports.ts'
import type { Engine } from '#sync/engine/run.ts'
import type { Op } from '#sync/protocol/op.ts'
import {
  answer,
  answerText,
  bytes,
  engineOver,
  HandClock,
  helloLine,
  PlainNet,
  PlainStore,
  turns,
} from '#tests/support/engine-double.ts'
import { makeOp } from '#tests/support/make-op.ts'

let store: PlainStore
let net: PlainNet
let clock: HandClock
let engine: Engine

beforeEach(() => {
  store = new PlainStore()
  net = new PlainNet()
  clock = new HandClock()
  engine = engineOver(store, net, clock)
})

const ops = (count: number): Op[] => Array.from({ length: count }, (_, at) => makeOp({ n: at + 1 }))
const asks = async (): Promise<void> => {
  engine.event({ is: 'wake', asked: true })
  await engine.settled()
}
const headAnswer = (over: object = {}) =>
  answer(200, JSON.stringify({ heads: { '999901': 12 }, epoch: 'e1', scopeRev: 3, ...over }))

describe('a device that says it has no network', () => {
  it('[TR-31] is believed for three tries of four, so that its radio rests, and what waits goes all the same', async () => {
    store.ops = ops(1)
    net.isAway = true
    net.instead = () => Promise.reject(new NoAnswer())
    engine.event({ is: 'saved' })
    const asked: number[] = []
    for (let tries = 0; tries < 9; tries++) {
      await turns()
      asked.push(net.requests.length)
      expect(engine.news()).toMatchObject({ link: 'down', elsewhere: false, state: { tries: tries + 1 } })
      clock.pass(60_000)
    }
    expect(asked).toEqual([1, 1, 1, 1, 2, 2, 2, 2, 3])
    // It was wrong all the time: the next try that goes out is answered, and then it is asked no more.
    net.instead = null
    for (let tries = 0; tries < 4; tries++) {
      await turns()
      clock.pass(60_000)
    }
    expect([store.ops, engine.news().link]).toEqual([[], 'up'])
  })

  it('[TR-31] is not believed by whoever asks by hand', async () => {
    store.ops = ops(1)
    net.isAway = true
    await asks()
    expect(store.ops).toEqual([])
  })
})

describe('a silent line', () => {
  it('[L-15] is broken off after twenty seconds, what had come by then is kept, and less is asked for', async () => {
    store.ops = ops(2)
    net.instead = () => ({
      ...answer(200),
      chunks: (async function* () {
        const text = answerText([helloLine(5), { acks: [[1, 'ok', 1, 1, {}]], ackFloor: 0 }], '')
        yield bytes.encode(text.slice(0, text.indexOf('{"end"')))
        await new Promise(() => undefined)
      })(),
    })
    engine.event({ is: 'wake' })
    await turns()
    clock.pass(19_999)
    await turns()
    expect([engine.news().state.name, net.aborted]).toEqual(['exchanging', 0])
    clock.pass(1)
    await turns()
    expect([engine.news().state.name, net.aborted]).toEqual(['backing-off', 1])
    expect(store.ops.map((op) => op.n)).toEqual([2])
    expect(engine.news().state).toMatchObject({ scale: 0.5, page: 0.5 })
    net.instead = null
    clock.pass(60_000)
    await turns()
    expect(store.ops).toEqual([])
    expect([net.requests[0]?.pull, net.requests[1]?.pull]).toMatchObject([
      { max: 250, pages: 8 },
      { max: 125 },
    ])
    expect(net.requests[1]?.pull?.pages).toBeUndefined()
  })

  it('[L-15] that never answers at all is given up too, and a slow one that still moves is not', async () => {
    store.ops = ops(1)
    net.instead = () => new Promise(() => undefined)
    engine.event({ is: 'wake' })
    await turns()
    clock.pass(20_000)
    await turns()
    expect(engine.news().state.name).toBe('backing-off')
    net.instead = async (request) => {
      const whole = await net.takes(request)
      return {
        ...whole,
        chunks: (async function* () {
          for await (const chunk of whole.chunks)
            for (let at = 0; at < chunk.length; at += 100) {
              await new Promise<void>((go) => void clock.after(15_000, go))
              yield chunk.subarray(at, at + 100)
            }
        })(),
      }
    }
    for (let times = 0; times < 40; times++) {
      clock.pass(15_000)
      await turns()
    }
    expect(store.ops).toEqual([])
    expect(
      net.requests.filter((one) => one.push),
      'one given up, one waited for',
    ).toHaveLength(2)
  })
})

describe('what is too much', () => {
  it('[L-14] [I-9] [TR-31] one op that no server takes is found in few requests, stands aside, and all others are taken', async () => {
    store.ops = ops(200)
    net.instead = (request) => (request.push?.ops.some((op) => op.n === 120) ? answer(413) : null)
    await asks()
    expect(store.held).toEqual([120])
    expect(store.ops.map((op) => op.n)).toEqual([120])
    expect(net.requests.length).toBeLessThan(60)
  })

  it('[I-9] no op stands aside for something else in the request that is not liked', async () => {
    store.ops = ops(3)
    net.instead = (request) => (request.pull ? answer(400) : null)
    await asks()
    expect([store.held, store.ops]).toEqual([[], []])
    expect(engine.news().state.name).toBe('backing-off')
  })

  it('an op with a danger in it goes before all else, with nothing else in its packet', async () => {
    store.ops = ops(1)
    store.urgent = true
    await asks()
    expect(net.requests.map((one) => [one.push?.ops.length, one.pull !== undefined])).toEqual([
      [1, false],
      [undefined, true],
    ])
  })

  it('names no more villages and records in one request than one answer carries', async () => {
    const want = (count: number) =>
      Array.from({ length: count }, (_, at): [string, string] => [
        'dispute',
        `01912345-0000-7000-8000-${String(at).padStart(12, '0')}`,
      ])
    const villages = Array.from({ length: 40 }, (_, at) => String(999_901_101_001 + at))
    store.known = { fix: { '999901': villages }, want: { '999901': want(150), '999902': want(150) } }
    await asks()
    const pull = net.requests[0]?.pull
    expect(pull?.fix?.['999901']).toHaveLength(16)
    expect([pull?.want?.['999901']?.length, pull?.want?.['999902']?.length]).toEqual([150, 50])
  })
})

describe('a store that takes no page', () => {
  const full = () => new DOMException('no room', 'QuotaExceededError')
  const page = { page: '999901', from: 12, to: 13, head: 13, floor: 0, rows: [] }
  const faults: unknown[] = []
  beforeEach(() => {
    faults.length = 0
    engine = engineOver(store, net, clock, (error) => void faults.push(error))
    net.more = [page]
    store.page = () => Promise.reject(full())
  })

  it('[L-29] [I-4] hears all the same what was decided with it, and what waited goes', async () => {
    store.ops = ops(3)
    await asks()
    expect(store.ops).toEqual([])
    expect(engine.news().state.name).toBe('backing-off')
    expect(faults).toHaveLength(1)
  })

  it('says nothing of the line, nor that somebody else answered', async () => {
    await asks()
    expect(engine.news()).toMatchObject({ link: 'up', elsewhere: false })
  })
})

describe('whose answer it is', () => {
  it.each([
    ['a login page with 200', () => answer(200, '<html>请登录无线网</html>\n', 'text/html')],
    ['one without a line feed', () => answer(200, '<html>请登录无线网</html>', 'text/html')],
    ['an empty body', () => answer(200, '')],
    ['other JSON', () => answer(200, '{"ok":true}\n')],
    ['somebody else’s list', () => answer(200, '[1,2]\n')],
    ['an end without a beginning', () => answer(200, answerText([], ''))],
  ])('[L-8] [L-7] [TR-32] %s changes nothing and is tried again', async (_name, other) => {
    store.ops = ops(2)
    net.instead = other
    await asks()
    expect([store.ops.length, store.decided, store.wholes]).toEqual([2, [], 0])
    expect(engine.news()).toMatchObject({ state: { name: 'backing-off' }, link: 'down' })
  })

  it.each(['\n', ''])(
    '[L-8] says when a page of somebody else stood in the way, until our own server is heard',
    async (end) => {
      net.instead = () => answer(200, `<html>请登录无线网</html>${end}`, 'text/html')
      await asks()
      expect(engine.news().elsewhere).toBe(true)
      net.instead = null
      await asks()
      expect(engine.news()).toMatchObject({ elsewhere: false, link: 'up' })
    },
  )

  it('[I-15] [TR-32] decisions about other ops that bear the same numbers are not believed', async () => {
    store.ops = ops(1)
    const acks = { acks: [[1, 'ok', 1, 1, {}]], ackFloor: 0, batch: 'f00d' }
    net.instead = () => answer(200, answerText([helloLine(1), acks], 'f00d'))
    await asks()
    expect(store.ops.map((op) => op.n)).toEqual([1])
    expect(engine.news().state.name).toBe('backing-off')
  })

  it('[I-15] [TR-32] an answer to another batch is not taken for the end of this one', async () => {
    store.ops = ops(1)
    net.instead = () =>
      answer(200, answerText([helloLine(1), { acks: [[1, 'ok', 1, 1, {}]], ackFloor: 0 }], 'f00d'))
    await asks()
    expect(store.wholes).toBe(0)
    expect(engine.news().state.name).toBe('backing-off')
  })

  it.each([
    ['this page, of before', { t: 0, mono: -30_000 }],
    ['another page, opened as long ago', { t: -86_400_000, mono: 0 }],
  ])(
    '[I-15] an answer that a cache kept for %s is not believed, and nothing of it is taken',
    async (_, ago) => {
      const lines = { hellos: 0 }
      store.hello = async () => {
        lines.hellos++
        return false
      }
      net.instead = (request) =>
        net.takes({ ...request, t: request.t + ago.t, mono: request.mono + ago.mono })
      await asks()
      expect([lines.hellos, store.wholes, engine.news().elsewhere]).toEqual([0, 0, true])
      net.instead = (request) => net.takes(request)
      await asks()
      expect([lines.hellos, store.wholes, engine.news().elsewhere]).toEqual([1, 1, false])
    },
  )

  it('[I-15] an answer of a server of before, which names no request, is believed', async () => {
    net.instead = () => answer(200, answerText([helloLine(1)], ''))
    await asks()
    expect([store.wholes, engine.news().elsewhere]).toEqual([1, false])
  })
})

describe('nothing new', () => {
  beforeEach(() => {
    store.known = { agreed: true }
    net.head = async () => {
      net.looks++
      return (await net.heads?.()) ?? headAnswer()
    }
  })

  it('[L-24] costs one small question and no exchange', async () => {
    await asks()
    expect([net.looks, net.requests.length, store.wholes]).toEqual([1, 0, 1])
    expect(engine.news().state.name).toBe('idle')
  })

  it.each([
    ['the ledger went on', () => headAnswer({ heads: { '999901': 13 } })],
    ['the history is another', () => headAnswer({ epoch: 'e2' })],
    ['the rights changed', () => headAnswer({ scopeRev: 4 })],
    ['a county is missing', () => headAnswer({ heads: {} })],
    ['the server is older', () => answer(200, '{"heads":{"999901":12}}')],
    ['the server has no such door', () => answer(404)],
    ['a login page answers', () => answer(200, '<html></html>', 'text/html')],
  ])('is not believed when %s: then an exchange asks', async (_name, heads) => {
    net.heads = heads
    await asks()
    expect([net.looks, net.requests.length]).toEqual([1, 1])
  })

  it('is not asked for while work waits, nor before phone and server were found to agree', async () => {
    store.ops = ops(1)
    await asks()
    store.known = { agreed: false }
    await asks()
    expect(net.looks).toBe(0)
  })

  it('is not enough for whoever keeps a refused op: what the office says of it moves no ledger', async () => {
    store.known = { agreed: true, dead: 1 }
    await asks()
    expect([net.looks, net.requests.length]).toEqual([0, 1])
  })

  it('[I-31] a login that has run out is heard there too, and a busy server is left alone', async () => {
    net.heads = () => answer(401)
    await asks()
    expect(engine.news().state.name).toBe('needs-login')
    net.heads = () => ({ ...answer(503), retryAfter: 60 })
    await asks()
    expect(engine.news().state).toMatchObject({ name: 'backing-off', due: 75_000 })
    expect(net.requests).toEqual([])
  })
})

describe('a repair', () => {
  it('[I-36] is planned only from a whole answer, in which nothing is left to fetch', async () => {
    const digest = { digest: '999901', at: 12, v: [] }
    const list = { list: '999901', region: '999901101001', at: 12, v: [] }
    const rows = { rows: '999901', at: 12, v: [] }
    store.known = { want: { '999901': [['dispute', '01912345-0000-7000-8000-000000000001']] } }
    net.more = [digest, list, rows]
    net.instead = async (request) => {
      for await (const chunk of (await net.takes(request)).chunks)
        return answer(200, bytes.decode(chunk).replace('"lines":4', '"lines":5'))
      return null
    }
    await asks()
    expect([store.compared.length, store.listed.length, store.came.length]).toEqual([0, 0, 0])
    net.instead = null
    net.more = [digest, rows]
    await asks()
    expect(store.came).toMatchObject([{ asked: [['dispute', '01912345-0000-7000-8000-000000000001']] }])
    expect(store.compared).toMatchObject([[digest]])
  })
})
