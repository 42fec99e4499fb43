import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { consentMissing, ConsentSchema, NOTICE_VERSION } from '#domain/privacy/consent.ts'
import { ROOT } from '#tests/support/planted-tree.ts'

const noticeIn = (locale: string): Record<string, string> =>
  (
    JSON.parse(readFileSync(join(ROOT, 'src/app/text', locale, 'dispute.json'), 'utf8')) as {
      notice: Record<string, string>
    }
  ).notice

it('[TR-49] the words that are read out belong to their version: other words, another version', () => {
  const words = createHash('sha256')
    .update(JSON.stringify(noticeIn('zh-CN')))
    .digest('hex')
    .slice(0, 12)
  expect([NOTICE_VERSION, words]).toEqual(['2026-11', 'e1b36ed399b9'])
  expect(Object.keys(noticeIn('en')).sort()).toEqual(Object.keys(noticeIn('zh-CN')).sort())
})

it('[TR-49] what is missing is the notice, and for a child the word of a parent or guardian; nothing else is asked for', () => {
  const said = {
    notice: NOTICE_VERSION,
    on: '2026-11-20',
    sensitive: '',
    guardian: '',
    photos: '',
    hearers: null,
  } as const
  expect(v.is(ConsentSchema, said)).toBe(true)
  expect(consentMissing(undefined, false)).toEqual(['notice'])
  expect(consentMissing(said, false)).toEqual([])
  expect(consentMissing(said, true)).toEqual(['guardian'])
  expect(consentMissing({ ...said, guardian: 'no' }, true)).toEqual(['guardian'])
  expect(consentMissing({ ...said, guardian: 'yes' }, true)).toEqual([])
})
