import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { BASES, PURPOSES, SEEN, WHAT_FOR } from '#domain/privacy/purposes.ts'
import { RETENTION } from '#domain/privacy/retention.ts'
import { BODY_SCHEMAS, type Kind } from '#domain/record/kind.ts'
import { skeletonOf } from '#domain/record/skeleton.ts'
import { makeAttachment } from '#tests/support/make-attachment.ts'
import { makeDispute } from '#tests/support/make-dispute.ts'
import { ROOT } from '#tests/support/planted-tree.ts'

interface Schema {
  type: string
  entries?: Record<string, Schema>
  item?: Schema
  wrapped?: Schema
  pipe?: Schema[]
}

/** Every field of a schema, nested ones by a dot. */
function fieldsOf(schema: Schema, path = ''): string[] {
  if (schema.wrapped) return fieldsOf(schema.wrapped, path)
  if (schema.item) return fieldsOf(schema.item, path)
  if (!schema.entries) return [path]
  return Object.entries(schema.entries).flatMap(([name, one]) =>
    fieldsOf(one, path === '' ? name : `${path}.${name}`),
  )
}
const KINDS = Object.keys(BODY_SCHEMAS) as Kind[]
const leavesOf = (body: object, path = ''): string[] =>
  Object.entries(body).flatMap(([name, value]) => {
    const here = path === '' ? name : `${path}.${name}`
    const isPart = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isPart ? leavesOf(value as object, here) : [here]
  })

it.each(KINDS)(
  '[TR-49] every field of %s says what for, on what ground, who sees it and how long; no line is left of one that is gone',
  (kind) => {
    expect(Object.keys(PURPOSES[kind]).sort()).toEqual(fieldsOf(BODY_SCHEMAS[kind] as never).sort())
    for (const one of Object.values(PURPOSES[kind])) {
      expect(WHAT_FOR).toHaveProperty(one.for)
      expect(BASES).toHaveProperty(one.basis)
      expect(SEEN).toHaveProperty(one.seen)
      expect(RETENTION).toHaveProperty(one.kept)
    }
  },
)

it('[TR-49] who sees a field by the table is who sees it by the outline', () => {
  const dispute = makeDispute({
    agreement: {
      form: 'oral',
      agreedOn: '2026-11-20',
      terms: '',
      performBy: null,
      amountYuan: 1,
      signedOn: null,
    },
    performance: { state: 'whole', on: '2026-11-20' },
    confirmation: { status: 'valid', on: '2026-11-20' },
  })
  for (const [kind, body] of [
    ['dispute', dispute],
    ['attachment', makeAttachment()],
  ] as const) {
    const said = Object.entries(PURPOSES[kind]).flatMap(([field, one]) =>
      one.seen === 'outline' ? [field] : [],
    )
    const shown = leavesOf(skeletonOf(kind, body)).filter(
      (one) => !['performance.status', 'confirmation.state'].includes(one),
    )
    expect(said.sort()).toEqual(shown.sort())
  }
})

it('[TR-49] the table of the documents is the table of the code', () => {
  const written = readFileSync(join(ROOT, 'src/domain/privacy/README.md'), 'utf8')
  const rows = KINDS.flatMap((kind) =>
    Object.entries(PURPOSES[kind]).map(
      ([field, one]) =>
        `${kind}.${field} ${WHAT_FOR[one.for].zh} ${BASES[one.basis].zh} ${one.whose} ${one.seen} ${one.kept}`,
    ),
  )
  const found = written
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', ''))
        .join(' '),
    )
  expect(found).toEqual(rows)
})
