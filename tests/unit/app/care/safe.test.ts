import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ListRow, SyncStatus, Waiting } from '#phone/api.ts'
import type { Health, RefusedOp } from '#phone/care.ts'
import { headLine, waitingRecords } from '#app/features/safe/head-line.ts'
import { needsYou } from '#app/features/safe/needs-you.ts'
import { strengthOf } from '#app/features/safe/passphrase.ts'
import { handInWord, stateSaid } from '#app/hand-in-word.ts'
import { sizeText } from '#app/sizes.ts'
import { readSupportCode, spoken, supportCode } from '#app/support-code.ts'

const status: SyncStatus = {
  link: 'up',
  running: false,
  cut: false,
  waiting: 0,
  refused: 0,
  oldestAt: null,
  lastAt: 1,
  needsLogin: false,
  clockOffMs: 0,
  vanished: null,
}
const health: Health = {
  agreement: 'match',
  allHandedIn: true,
  room: 'plenty',
  workBytes: 1,
  blobs: 0,
  blobBytes: 0,
  held: 0,
  backupAt: null,
  ring: 0,
}
const row = (key: string, more: Partial<ListRow> = {}): ListRow => ({
  key,
  kind: 'dispute',
  id: key.slice(8),
  region: '999901101001',
  title: key,
  stage: 'open',
  on: '2026-11-20',
  at: 1,
  count: 0,
  estimated: false,
  dueOn: null,
  returned: '',
  word: 'handed-in',
  pending: 0,
  ...more,
})

describe('all is handed in', () => {
  it('[L-18] is said only when the phone says it for everything, whatever else is so', () => {
    const anyStatus = fc.record({
      waiting: fc.nat(3),
      refused: fc.nat(2),
      vanished: fc.constantFrom(null, 0, 2),
      running: fc.boolean(),
      cut: fc.boolean(),
      needsLogin: fc.boolean(),
      link: fc.constantFrom('up' as const, 'down' as const, 'unknown' as const),
    })
    const anyHealth = fc.option(
      fc.record({
        agreement: fc.constantFrom('match' as const, 'differs' as const, 'unknown' as const),
        allHandedIn: fc.boolean(),
        blobs: fc.nat(2),
        held: fc.nat(3),
      }),
      { nil: undefined },
    )
    fc.assert(
      fc.property(anyStatus, anyHealth, fc.boolean(), (some, known, isSlow) => {
        const now = { ...status, ...some }
        const its = known && { ...health, ...known }
        const isAll = now.waiting === 0 && now.refused === 0 && its?.allHandedIn === true
        const saysAll = headLine(now, its, now.waiting, isSlow).key === 'agrees'
        expect(saysAll && !(isAll && (now.vanished ?? 0) === 0)).toBe(false)
        expect(handInWord(now, [], now.waiting, its).word === 'handed-in').toBe(isAll)
      }),
    )
    expect(headLine(status, health, 0, false).key).toBe('agrees')
    expect(handInWord(status, [], 0, health)).toEqual({ word: 'handed-in', count: 0 })
  })

  it('otherwise names what keeps it from being so', () => {
    const but = (more: Partial<Health>) =>
      headLine(status, { ...health, allHandedIn: false, ...more }, 0, false).key
    expect(but({ agreement: 'differs' })).toBe('checking')
    expect(but({ agreement: 'unknown' })).toBe('unchecked')
    expect(but({ blobs: 3 })).toBe('blobs')
    expect(headLine({ ...status, refused: 1 }, health, 0, false)).toEqual({ key: 'refused', n: 1 })
    const waits = (more: Partial<SyncStatus>, isSlow = false) =>
      headLine({ ...status, waiting: 3, ...more }, health, 2, isSlow)
    expect(waits({})).toEqual({ key: 'waits', n: 2 })
    expect(waits({ link: 'down' }).key).toBe('signal')
    expect(waits({ cut: true }).key).toBe('signal')
    expect(waits({ running: true }).key).toBe('sending')
    expect(waits({ running: true }, true).key).toBe('slow')
    expect(waits({ needsLogin: true }).key).toBe('login')
    expect(headLine({ ...status, waiting: 1 }, { ...health, held: 1 }, 1, false).key).toBe('held')
    expect(headLine({ ...status, vanished: 4 }, health, 0, false)).toEqual({ key: 'vanished', n: 4 })
  })
})

describe('要你看', () => {
  const refused = [{ n: 4, key: 'dispute/b', kind: 'dispute', id: 'b', title: 'b', askedAt: null }]
  const rows = [
    row('dispute/a', { word: 'needs-you', returned: '少写了哪天给' }),
    row('dispute/b', { word: 'needs-you' }),
    row('dispute/c', { word: 'needs-you' }),
    row('dispute/d', { word: 'saved' }),
  ]
  it('holds each thing once and says where it is decided', () => {
    const stuck = waitingRecords([
      { n: 9, key: 'dispute/e', title: 'e', kind: 'dispute', at: 1, state: 'stuck', tries: 2 },
    ])
    const items = needsYou(rows, refused as unknown as RefusedOp[], stuck)
    expect(items.map((one) => [one.why, one.key])).toEqual([
      ['refused', 'op/4'],
      ['both', 'dispute/c'],
      ['returned', 'dispute/a'],
      ['stuck', 'dispute/e'],
    ])
    expect(items.map((one) => one.to === null)).toEqual([false, false, false, true])
  })

  it('makes one line of all that waits of a record, with its worst state', () => {
    const one = (n: number, key: string, state: Waiting['state'], tries: number): Waiting => ({
      n,
      key,
      kind: 'dispute',
      title: key,
      at: n,
      state,
      tries,
    })
    expect(
      waitingRecords([one(1, 'a', 'uploading', 0), one(2, 'b', 'queued', 1), one(3, 'a', 'stuck', 5)]),
    ).toEqual([
      { key: 'a', kind: 'dispute', title: 'a', at: 1, state: 'stuck', tries: 5, changes: 2, files: 0 },
      { key: 'b', kind: 'dispute', title: 'b', at: 2, state: 'queued', tries: 1, changes: 1, files: 0 },
    ])
  })
})

it('a picture waits with the record it belongs to', () => {
  const photo = (n: number, key: string): Waiting => ({
    n,
    key,
    kind: 'attachment',
    title: '',
    at: n,
    state: 'queued',
    tries: 0,
  })
  const parent = { key: 'dispute/a', kind: 'dispute' as const, title: '王家和李家·排水' }
  const parentOf = (key: string) => (key.startsWith('attachment/') ? parent : null)
  const [one, ...others] = waitingRecords([photo(1, 'attachment/x'), photo(2, 'attachment/y')], parentOf)
  expect(one).toMatchObject({ ...parent, at: 1, changes: 0, files: 2 })
  expect(others).toEqual([])
})

describe('the six digits for technical help', () => {
  const facts = fc.record({
    version: fc.tuple(fc.nat(9), fc.nat(9), fc.nat(9)).map((parts) => parts.join('.')),
    waiting: fc.nat(98),
    refused: fc.nat(8),
    ready: fc.boolean(),
    agrees: fc.boolean(),
    roomy: fc.boolean(),
  })
  it('say the same when they are read back, gap or not', () => {
    fc.assert(
      fc.property(facts, ({ version, ...rest }) => {
        const code = supportCode({ version, ...rest })
        expect(code).toMatch(/^\d{6}$/)
        const read = readSupportCode(spoken(code))
        expect(read).toEqual({ ok: true, value: { minor: Number(version.split('.')[1]), ...rest } })
      }),
    )
  })
  it('show every single digit that was misheard', () => {
    fc.assert(
      fc.property(facts, fc.nat(5), fc.integer({ min: 1, max: 9 }), (some, at, by) => {
        const code = supportCode(some)
        const wrong = [...code].map((one, i) => (i === at ? (Number(one) + by) % 10 : one)).join('')
        expect(readSupportCode(wrong).ok).toBe(false)
      }),
    )
  })
  it('count no further than their places reach', () => {
    const much = { version: '0.12.0', waiting: 5000, refused: 50, ready: true, agrees: false, roomy: true }
    expect(readSupportCode(supportCode(much))).toMatchObject({
      value: { minor: 2, waiting: 99, refused: 9 },
    })
    expect(readSupportCode('12 34')).toEqual({ ok: false, reason: 'malformed' })
  })
})

it('a sentence to lock a backup with is judged by how hard it is to guess', () => {
  for (const weak of ['', '123456789', 'aaaaaaaaaaaa', 'abc1234', '清水河'])
    expect(strengthOf(weak), weak).toBe('weak')
  expect(strengthOf('horse-71')).toBe('fair')
  for (const strong of ['correct horse battery', '门前那棵歪脖子老槐树下'])
    expect(strengthOf(strong), strong).toBe('strong')
})

it('bytes are said as phones say them', () => {
  expect([400, 12_000, 400_000, 3_440_000, 86_000_000, 5_100_000_000].map(sizeText)).toEqual([
    '1 kB',
    '12 kB',
    '0.4 MB',
    '3.4 MB',
    '86 MB',
    '5.1 GB',
  ])
})

describe('the state one tap below the word of a record', () => {
  it('[L-18] is handed in only while phone and server are known to agree, and every other state is said as it is', () => {
    expect(stateSaid('uploaded', { agreement: 'match' })).toBe('uploaded')
    expect(stateSaid('uploaded', { agreement: 'differs' })).toBe('unknown')
    expect(stateSaid('uploaded', { agreement: 'unknown' })).toBe('unknown')
    expect(stateSaid('uploaded', undefined)).toBe('unknown')
    for (const state of ['queued', 'uploading', 'returned', 'conflict', 'stuck'] as const)
      expect(stateSaid(state, undefined)).toBe(state)
  })
})
