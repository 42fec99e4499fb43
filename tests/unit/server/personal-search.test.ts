import { expect, it } from 'vitest'
import { personalIn, personalWords } from '#tests/e2e/support/personal.ts'

const LINE =
  '{"level":30,"time":1795341521341,"reqId":"req-1u","method":"POST","route":"/api/me","status":404,"ms":6}'

it('[TR-46] the search of what servers wrote finds a word in every shape, and a line that says more than it may', () => {
  const words = personalWords()
  expect(words.length).toBeGreaterThan(20)
  expect(personalIn(Buffer.from(`${LINE}\n明白 serves\n`), words)).toEqual([])
  const name = '赵春梅'
  const shapes = [
    Buffer.from(name),
    Buffer.from(name, 'utf16le'),
    Buffer.from(Buffer.from(name).toString('hex')),
    Buffer.from(Buffer.from(`x${name}yz`).toString('base64')),
  ]
  for (const one of shapes)
    expect(personalIn(Buffer.concat([Buffer.from('serves '), one]), [name])).not.toEqual([])
  for (const line of [
    LINE.replace('"ms"', '"url":"/api/me?name=x","ms"'),
    LINE.replace('/api/me', '/api/me/张'),
    LINE.replace('req-1u', '13800001111'),
    LINE.replace('req-1u', '11010519491231002X'),
    LINE.replace('"ms":6', '"err":{"message":"x"}'),
  ])
    expect(personalIn(Buffer.from(line), []), line).toHaveLength(1)
})
