import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { ListRow } from '#phone/api.ts'
import { linesInOrder } from '#phone/notebook/lines.ts'

const idOf = (n: number): string => `id-${String(n).padStart(3, '0')}`
const lineOf = (n: number, title: number) => ({ id: idOf(n), title: String(title) }) as unknown as ListRow

const Some = fc.array(fc.tuple(fc.nat(40), fc.option(fc.nat(9))), { maxLength: 30 })

it('whatever comes, changes and goes, in any order, each line stands once and the newest first', () => {
  fc.assert(
    fc.property(fc.array(Some, { maxLength: 12 }), (puts) => {
      const lines = linesInOrder()
      const kept = new Map<string, ListRow>()
      for (const some of puts) {
        const change = new Map(
          some.map(([n, title]) => [idOf(n), title === null ? null : lineOf(n, title)] as const),
        )
        lines.put(change)
        for (const [id, line] of change) {
          if (line) kept.set(id, line)
          else kept.delete(id)
        }
        expect(lines.all()).toEqual([...kept.values()].sort((one, other) => (one.id > other.id ? -1 : 1)))
      }
    }),
  )
})

it('what was handed out stays as it was, and only a change is news', () => {
  const lines = linesInOrder()
  lines.put(new Map([[idOf(1), lineOf(1, 0)]]))
  const before = lines.all()
  lines.put(new Map([[idOf(2), null]]))
  expect(lines.isNew()).toBe(false)
  lines.put(new Map([[idOf(2), lineOf(2, 0)]]))
  expect(lines.isNew()).toBe(true)
  expect(before.map((one) => one.id)).toEqual([idOf(1)])
  expect(lines.all().map((one) => one.id)).toEqual([idOf(2), idOf(1)])
})
