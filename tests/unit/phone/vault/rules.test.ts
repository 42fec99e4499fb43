import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { weakPin } from '#phone/vault/pin.ts'
import { isUnfinished } from '#phone/vault/unfinished.ts'
import { delayAfter, isSetBack, MOST_TRIES, waitLeft } from '#phone/vault/tries.ts'

type Stand = Parameters<typeof isUnfinished>[0]

const MINUTE = 60_000

describe('a PIN', () => {
  it.each([
    ['', 'short'],
    ['12345', 'short'],
    ['12345a', 'digits'],
    ['１２３４５６', 'digits'],
    ['000000', 'repeat'],
    ['121212', 'repeat'],
    ['112112', 'repeat'],
    ['588588', 'repeat'],
    ['123456', 'sequence'],
    ['987654', 'sequence'],
    ['890123', 'sequence'],
    ['135791', 'sequence'],
    ['112233', 'sequence'],
    ['720514', 'date'],
    ['140572', 'date'],
    ['051472', 'date'],
    ['198703', 'date'],
    ['19720514', 'date'],
    ['5201314', 'common'],
    ['147258', 'common'],
  ])('[TR-03] %s is refused: %s', (pin, why) => expect(weakPin(pin)).toBe(why))

  it('[TR-03] most others are taken, and none of fewer than six digits', () => {
    for (const pin of ['739264', '480957', '8264973', '60482759']) expect(weakPin(pin)).toBeNull()
    fc.assert(
      fc.property(fc.stringMatching(/^\d{0,5}$/), (pin) => weakPin(pin) === 'short' || pin.length > 5),
    )
    const taken = Array.from({ length: 10_000 }, (_, at) => String(at * 97 + 11).padStart(6, '0'))
    expect(taken.filter((pin) => weakPin(pin) === null).length).toBeGreaterThan(8000)
  })
})

describe('the wait after a wrong try', () => {
  it('[TR-04] is none four times, then 30 s, 1 min, 5 min, 15 min, 1 h; at ten it is over', () => {
    expect([1, 2, 3, 4].map(delayAfter)).toEqual([0, 0, 0, 0])
    expect([5, 6, 7, 8, 9].map(delayAfter)).toEqual([30_000, MINUTE, 5 * MINUTE, 15 * MINUTE, 60 * MINUTE])
    expect(MOST_TRIES).toBe(10)
  })

  it('[TR-04] begins again when the clock is set back, and a page that has seen the try goes by its own clock', () => {
    const tries = { failed: 7, at: 1_000_000 }
    expect(waitLeft(tries, 1_000_000 + MINUTE, null)).toBe(4 * MINUTE)
    expect(waitLeft(tries, 1_000_000 + 5 * MINUTE, null)).toBe(0)
    expect(waitLeft(tries, 1_000_000 - 1, null)).toBe(5 * MINUTE)
    expect(isSetBack(tries, 1_000_000 - 1)).toBe(true)
    // Set forward by a year, the page still knows that ten seconds have passed.
    expect(waitLeft(tries, 1_000_000 + 365 * 24 * 60 * MINUTE, 10_000)).toBe(5 * MINUTE - 10_000)
    expect(waitLeft(tries, 0, 5 * MINUTE)).toBe(0)
  })
})

describe('a closed vault that was tended', () => {
  const done = { answer: { directives: [] }, ops: 0, files: 0, order: null, gone: false } as never as Stand
  it.each<[string, Partial<Stand>, boolean]>([
    ['all of it is handed in', {}, false],
    ['nobody answered', { answer: null }, true],
    ['an op waits', { ops: 1 }, true],
    ['a file waits', { files: 1 }, true],
    ['it is locked by the office', { order: { order: 'lock', n: 1 } }, false],
    ['it is to be emptied, and something had it open', { order: { order: 'wipe-after-drain', n: 1 } }, true],
    ['it was emptied', { order: { order: 'wipe-after-drain', n: 1 }, gone: true }, false],
  ])('[TR-08] is tended again soon or not: %s', (_what, over, soon) => {
    expect(isUnfinished({ ...done, ...over })).toBe(soon)
  })
})
