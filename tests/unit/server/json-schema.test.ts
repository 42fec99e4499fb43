import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { jsonSchemaOf } from '#server/routes/json-schema.ts'
import { ExchangeRequestSchema } from '#sync/protocol/wire.ts'

describe('Describing a schema', () => {
  it('says what a schema takes, in JSON Schema', () => {
    const schema = v.object({
      name: v.pipe(v.string(), v.minLength(1), v.maxLength(9)),
      kind: v.picklist(['a', 'b']),
      list: v.optional(v.pipe(v.array(v.nullable(v.number())), v.maxLength(3))),
      one: v.union([v.literal('x'), v.record(v.string(), v.boolean())]),
    })
    expect(jsonSchemaOf(schema)).toEqual({
      type: 'object',
      additionalProperties: false,
      required: ['name', 'kind', 'one'],
      properties: {
        name: { type: 'string', minLength: 1, maxLength: 9 },
        kind: { enum: ['a', 'b'] },
        list: { type: 'array', maxItems: 3, items: { anyOf: [{ type: 'number' }, { type: 'null' }] } },
        one: { anyOf: [{ const: 'x' }, { type: 'object', additionalProperties: { type: 'boolean' } }] },
      },
    })
  })

  it('has words for everything on the wire, and none for what it does not know', () => {
    expect(jsonSchemaOf(ExchangeRequestSchema)).toMatchObject({
      required: expect.arrayContaining(['p', 'dev']),
    })
    expect(() => jsonSchemaOf(v.map(v.string(), v.string()))).toThrow('no words for a map schema')
  })
})
