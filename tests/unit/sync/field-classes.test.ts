import { describe, expect, it } from 'vitest'
import { BODY_SCHEMAS, KindSchema } from '#domain/record/kind.ts'
import { classOf, FIELD_CLASSES, isTyped } from '#sync/fold/field-classes.ts'
import { foldOne, madeDispute } from '#tests/support/fold-ops.ts'

describe('how two changes of one field meet', () => {
  it('[L-23] is said of every field of every kind, and of no other', () => {
    expect(Object.keys(FIELD_CLASSES).sort()).toEqual([...KindSchema.options].sort())
    for (const kind of KindSchema.options)
      expect(Object.keys(FIELD_CLASSES[kind]).sort(), kind).toEqual(
        Object.keys(BODY_SCHEMAS[kind].entries).sort(),
      )
  })

  it('[L-23] decides what may be typed over: whatever else a patch names is refused', () => {
    const answer = (field: string) => {
      const done = foldOne(madeDispute(), { k: 'patch', a: { [field]: madeDispute().body[field] } })
      return done?.ok ? 'ok' : done?.reason
    }
    for (const field of Object.keys(FIELD_CLASSES.dispute))
      expect(answer(field), field).toBe(isTyped('dispute', field) ? 'ok' : 'unknown-field')
  })

  it('is not known of what this build does not know', () => {
    for (const [kind, field] of [
      ['dispute', 'mood'],
      ['dispute', '__proto__'],
      ['dispute', 'constructor'],
      ['horoscope', 'facts'],
      ['__proto__', 'toString'],
    ] as const) {
      expect(classOf(kind, field)).toBeUndefined()
      expect(isTyped(kind, field)).toBe(false)
    }
  })
})
