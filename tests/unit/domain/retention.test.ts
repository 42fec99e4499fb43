import { expect, it } from 'vitest'
import { RETENTION, type RetentionClass } from '#domain/privacy/retention.ts'
import { addYears } from '#domain/time/day.ts'
import { LIMITS } from '#sync/protocol/wire.ts'

const all: readonly RetentionClass[] = Object.values(RETENTION)

it('[TR-48] every class says in both languages what it is and from when its time runs', () => {
  expect(all.length).toBe(12)
  for (const { what, from } of all)
    for (const text of [what.zh, what.en, from.zh, from.en]) expect(text.length).toBeGreaterThan(3)
})

it('[TR-48] the table says what the server does: receipts and empty places, the log', () => {
  expect(RETENTION.receipt.kept.days).toBe(LIMITS.tombstoneDays)
  expect(RETENTION.session.kept.days).toBe(400)
  expect(RETENTION.backup.kept.days).toBe(35)
  expect(RETENTION.audit.kept.atLeastYears).toBeGreaterThanOrEqual(6)
})

it('[D-1] the same day in another year; the 29th of February is the 28th where there is none', () => {
  expect(addYears('2026-11-22', -10)).toBe('2016-11-22')
  expect(addYears('2028-02-29', 4)).toBe('2032-02-29')
  expect(addYears('2028-02-29', -3)).toBe('2025-02-28')
})
