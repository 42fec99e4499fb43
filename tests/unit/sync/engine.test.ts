import { describe, expect, it } from 'vitest'
import { answerLines, NotOurs, type AnswerLine } from '#sync/engine/answer-lines.ts'
import { backOff } from '#sync/engine/back-off.ts'
import { medianOffset, offsetSample, withSample } from '#sync/engine/clock-offset.ts'
import {
  next,
  START,
  type EngineEvent,
  type EngineState,
  type StateName,
  type Weather,
} from '#sync/engine/machine.ts'
import { crc32, crcText } from '#sync/protocol/crc.ts'

const env = (over: Partial<Weather> = {}): Weather => ({
  now: 1000,
  random: 0.5,
  visible: true,
  waiting: true,
  pollMs: 60_000,
  ...over,
})
const at = (name: StateName, over: Partial<EngineState> = {}): EngineState => ({ ...START, name, ...over })

const EVENTS: readonly EngineEvent[] = [
  { is: 'saved' },
  { is: 'wake' },
  { is: 'wake', asked: true },
  { is: 'timer' },
  { is: 'done', more: false, waitMs: 0 },
  { is: 'done', more: true, waitMs: 0 },
  { is: 'weather' },
  { is: 'weather', slow: true },
  { is: 'busy' },
  { is: 'refused', status: 401, retryAfterMs: 0 },
  { is: 'refused', status: 413, retryAfterMs: 0 },
  { is: 'refused', status: 503, retryAfterMs: 0 },
  { is: 'fork' },
  { is: 'entered' },
  { is: 'cut', on: true },
  { is: 'cut', on: false },
]
const STATES: readonly StateName[] = ['idle', 'exchanging', 'backing-off', 'needs-login', 'cut']

/** Where each event leads from each state: the whole table, in words. `=`: stays and does nothing. */
const TABLE: Record<StateName, readonly string[]> = {
  idle: [
    'exchanging',
    'exchanging',
    'exchanging',
    'exchanging',
    '=',
    '=',
    '=',
    '=',
    '=',
    '=',
    '=',
    '=',
    'needs-login',
    'exchanging',
    'cut',
    '=',
  ],
  exchanging: [
    'exchanging',
    '=',
    '=',
    '=',
    'idle',
    'exchanging',
    'backing-off',
    'backing-off',
    'backing-off',
    'needs-login',
    'exchanging',
    'backing-off',
    'needs-login',
    'exchanging',
    'cut',
    '=',
  ],
  'backing-off': [
    'exchanging',
    'backing-off',
    'exchanging',
    'exchanging',
    '=',
    '=',
    '=',
    '=',
    '=',
    '=',
    '=',
    '=',
    'needs-login',
    'exchanging',
    'cut',
    '=',
  ],
  'needs-login': [
    '=',
    'exchanging',
    'exchanging',
    '=',
    '=',
    '=',
    '=',
    '=',
    '=',
    '=',
    '=',
    '=',
    'needs-login',
    'exchanging',
    'cut',
    '=',
  ],
  cut: ['=', '=', '=', '=', '=', '=', '=', '=', '=', '=', '=', '=', '=', '=', '=', 'exchanging'],
}

describe('the engine’s machine', () => {
  it('[I-8] knows what every event means in every state', () => {
    for (const name of STATES)
      EVENTS.forEach((event, which) => {
        const before = at(name, { tries: 3, due: 90_000, code: name === 'needs-login' ? 'login' : '' })
        const [after, effects] = next(before, event, env())
        const led = after === before && effects.length === 0 ? '=' : after.name
        expect(led, `${name} + ${JSON.stringify(event)}`).toBe(TABLE[name][which])
      })
  })

  it('[I-8] never starts a second exchange, and never rests for good with work that may go', () => {
    for (const name of STATES)
      for (const event of EVENTS) {
        const [after, effects] = next(at(name, { code: name === 'needs-login' ? 'login' : '' }), event, env())
        const starts = effects.some((one) => one.do === 'exchange')
        expect(starts, `${name} ${event.is}`).toBe(
          after.name === 'exchanging' && (name !== 'exchanging' || starts),
        )
        const willMove = starts || effects.some((one) => one.do === 'timer')
        const mustMove = name !== after.name && (after.name === 'idle' || after.name === 'backing-off')
        expect(willMove || !mustMove, `${name} ${event.is}`).toBe(true)
      }
  })

  it('goes again after an exchange during which something was saved', () => {
    const [during] = next(at('exchanging'), { is: 'saved' }, env())
    expect(next(during, { is: 'done', more: false, waitMs: 0 }, env())[0].name).toBe('exchanging')
  })

  it('[L-14] halves what it sends when the server finds it too large, sends it alone, and grows again', () => {
    const [half] = next(at('exchanging'), { is: 'refused', status: 413, retryAfterMs: 0 }, env())
    expect(half).toMatchObject({ name: 'exchanging', scale: 0.5, page: 1, bare: true })
    const [grown] = next(half, { is: 'done', more: true, waitMs: 0 }, env())
    expect(grown).toMatchObject({ scale: 0.625, bare: false })
  })

  it('[L-14] halves batch and page when the line fell silent, never below one op, and is whole again after good answers', () => {
    let state = at('exchanging')
    for (let times = 0; times < 40; times++)
      state = { ...next(state, { is: 'weather', slow: true }, env())[0], name: 'exchanging' }
    expect([state.scale, state.page]).toEqual([1 / 256, 1 / 256])
    for (let times = 0; times < 25; times++)
      state = { ...next(state, { is: 'done', more: false, waitMs: 0 }, env())[0], name: 'exchanging' }
    expect([state.scale, state.page]).toEqual([1, 1])
    expect(next(at('exchanging'), { is: 'weather' }, env())[0]).toMatchObject({ scale: 1, page: 1 })
  })

  it('[I-45] does not go at once when it is woken after a failure, but within half a minute, or ten seconds while somebody looks', () => {
    const failed = at('backing-off', { tries: 9, due: 1000 + 600_000 })
    const delays = [0, 0.25, 0.5, 0.999].map((random) => {
      const [state, effects] = next(failed, { is: 'wake' }, env({ random, waiting: false }))
      expect(state).toMatchObject({ name: 'backing-off', tries: 9 })
      return (effects[0] as { ms: number }).ms
    })
    expect(delays).toEqual([0, 7500, 15_000, 29_970])
    const looking = next(failed, { is: 'wake' }, env({ random: 0.999 }))[1]
    expect(looking).toEqual([{ do: 'timer', ms: 9990 }])
    const sooner = next({ ...failed, due: 1500 }, { is: 'wake' }, env({ random: 0.999 }))[1]
    expect(sooner, 'a timer that rings sooner stays').toEqual([{ do: 'timer', ms: 500 }])
    expect(next(failed, { is: 'wake', asked: true }, env())[0].name).toBe('exchanging')
  })

  it('[I-45] spreads what the server asked for: never less, and not all at one moment', () => {
    const [busy, effects] = next(
      at('exchanging'),
      { is: 'refused', status: 503, retryAfterMs: 60_000 },
      env({ random: 0.5 }),
    )
    expect(effects).toEqual([{ do: 'timer', ms: 75_000 }])
    expect(next(busy, { is: 'wake', asked: true }, env())[1], 'nobody is asked to come sooner').toEqual([
      { do: 'timer', ms: 60_000 },
    ])
    const [rested] = next(at('exchanging'), { is: 'done', more: false, waitMs: 8000 }, env({ random: 0.5 }))
    expect(rested.notBefore).toBe(1000 + 8000 + 4000)
    expect(next(rested, { is: 'saved' }, env())[1]).toEqual([{ do: 'timer', ms: 12_000 }])
  })

  it('[TR-31] believes nobody who asks for more than a quarter of an hour: it may be somebody else’s network', () => {
    for (const askedMs of [86_400_000, 1e18, Infinity]) {
      const refused = { is: 'refused', status: 503, retryAfterMs: askedMs } as const
      const [busy, effects] = next(at('exchanging'), refused, env({ random: 1 }))
      expect(effects).toEqual([{ do: 'timer', ms: 930_000 }])
      expect(busy.notBefore).toBe(1000 + 900_000)
      const [rested] = next(
        at('exchanging'),
        { is: 'done', more: false, waitMs: askedMs },
        env({ random: 1 }),
      )
      expect(rested.notBefore).toBe(1000 + 930_000)
    }
  })

  it('[I-31] stops for a login that has run out and for nothing less than entering or waking', () => {
    const [state, effects] = next(at('exchanging'), { is: 'refused', status: 401, retryAfterMs: 0 }, env())
    expect([state.name, effects]).toEqual(['needs-login', [{ do: 'no-timer' }]])
    expect(next(state, { is: 'timer' }, env())[0].name).toBe('needs-login')
    expect(next(state, { is: 'entered' }, env())[0].name).toBe('exchanging')
  })

  it('[I-7] stays stopped after a clone was seen, however often it is woken', () => {
    const [state] = next(at('exchanging'), { is: 'fork' }, env())
    expect(next(state, { is: 'wake' }, env())).toEqual([state, []])
  })

  it('keeps off the network while cut, whatever happens, and breaks off what was under way', () => {
    const [cut, effects] = next(at('exchanging'), { is: 'cut', on: true }, env())
    expect(effects).toContainEqual({ do: 'abort' })
    for (const event of EVENTS.filter((one) => one.is !== 'cut'))
      expect(next(cut, event, env())).toEqual([cut, []])
  })
})

describe('back-off', () => {
  it('doubles from a second to a quarter of an hour, with full jitter, and keeps a fifth of a second at least', () => {
    expect([1, 2, 3, 11, 30].map((tries) => backOff(tries, 1, 0))).toEqual([
      1000, 2000, 4000, 900_000, 900_000,
    ])
    expect(backOff(5, 0.5, 0)).toBe(8000)
    expect(backOff(9, 0, 0)).toBe(200)
  })

  it('is never shorter than the server asked', () => {
    expect(backOff(1, 0, 30_000)).toBe(30_000)
    expect(backOff(20, 1, 30_000)).toBeGreaterThan(30_000)
  })

  it('[TR-31] never is further than a minute away while somebody looks and work waits', () => {
    const [, effects] = next(at('exchanging', { tries: 20 }), { is: 'weather' }, env({ random: 1 }))
    expect(effects).toEqual([{ do: 'timer', ms: 60_000 }])
  })
})

describe('the clock', () => {
  it('takes the middle between sending and hearing', () => {
    expect(offsetSample(1000, 3000, 5000)).toBe(3000)
  })

  it('[I-29] takes the median of the last eight, which one slow answer does not move', () => {
    const samples = [100, 101, 99, 100, 90_000, 100, 101, 99, 100].reduce<number[]>(withSample, [])
    expect(samples).toHaveLength(8)
    expect(medianOffset(samples)).toBe(100)
    expect(medianOffset([])).toBe(0)
    expect(medianOffset([1, 2])).toBe(2)
  })
})

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

async function readAll(text: string, size: number): Promise<AnswerLine[]> {
  const all = bytes(text)
  async function* chunks() {
    for (let from = 0; from < all.length; from += size) yield all.slice(from, from + size)
  }
  const lines: AnswerLine[] = []
  for await (const line of answerLines(chunks(), (one) => new TextDecoder().decode(one))) lines.push(line)
  return lines
}

const HELLO = '{"hello":1,"epoch":"e1","now":5,"scopeRev":1,"ringSafe":0,"wait":0}\n'
const PAGE = '{"page":"999901","from":0,"to":0,"head":0,"floor":0,"rows":[],"说":"新的字段"}\n'
const end = (body: string, lines: number) =>
  `{"end":1,"lines":${lines},"crc":"${crcText(crc32(bytes(body)))}","batch":""}\n`

describe('an answer', () => {
  it('[I-15] is read the same in pieces of any size, Chinese letters cut in two included', async () => {
    const text = HELLO + PAGE + end(HELLO + PAGE, 2)
    const whole = await readAll(text, text.length * 3)
    expect(whole.map((one) => one.is)).toEqual(['hello', 'page', 'end'])
    for (const size of [1, 2, 3, 7, 64]) expect(await readAll(text, size)).toEqual(whole)
    expect(whole[2]).toEqual({ is: 'end', whole: true, batch: '' })
  })

  it('[I-15] that lacks a line or has another one is not whole', async () => {
    const [last] = (await readAll(HELLO + end(HELLO + PAGE, 2), 50)).slice(-1)
    expect(last).toMatchObject({ is: 'end', whole: false })
    const swapped = PAGE.replace('"to":0', '"to":1')
    const [changed] = (await readAll(HELLO + swapped + end(HELLO + PAGE, 2), 50)).slice(-1)
    expect(changed).toMatchObject({ is: 'end', whole: false })
  })

  it('never takes half a line for a line', async () => {
    expect(await readAll(HELLO + PAGE.slice(0, -1), 20)).toHaveLength(1)
  })

  it('passes over lines of a newer server, and calls what is no answer by its name', async () => {
    expect((await readAll('{"weather":"fine"}\n', 9)).map((one) => one.is)).toEqual(['other'])
    await expect(readAll('<html>\n', 3)).rejects.toThrow(NotOurs)
    await expect(readAll('{"page":"999901","from":"x"}\n', 9)).rejects.toThrow(NotOurs)
  })
})
