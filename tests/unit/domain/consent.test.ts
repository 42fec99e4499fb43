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
  expect([NOTICE_VERSION, words]).toEqual(['2026-11-22', '2cafa792341d'])
  expect(Object.keys(noticeIn('en')).sort()).toEqual(Object.keys(noticeIn('zh-CN')).sort())
})

it('[TR-49] what every version said stands where it can be found again, the present one to the letter', () => {
  const written = readFileSync(join(ROOT, 'src/domain/privacy/notices.md'), 'utf8')
  const [newest = '', ...older] = written.split(/^## /m).slice(1)
  const { head: _head, ...said } = noticeIn('zh-CN')
  expect(newest.startsWith(`${NOTICE_VERSION}\n`)).toBe(true)
  for (const one of Object.values(said)) expect(newest).toContain(one)
  expect(older.map((one) => one.split('\n')[0])).toEqual(['2026-11'])
  // Numbers of people, how long, who answers for it: what the law wants to be told (个人信息保护法 arts. 17, 19, 29).
  for (const word of ['身份证号', '电话', '留多少年', '{sponsor}负责']) expect(newest).toContain(word)
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
