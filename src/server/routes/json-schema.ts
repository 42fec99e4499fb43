import type * as v from 'valibot'

type Json = Record<string, unknown>
type Node = v.GenericSchema & Json

const inner = (node: Node, key: string): Json => jsonSchemaOf(node[key] as v.GenericSchema)

function objectOf(node: Node): Json {
  const entries = Object.entries(node['entries'] as Record<string, v.GenericSchema>)
  const required = entries.filter(([, one]) => one.type !== 'optional').map(([key]) => key)
  return {
    type: 'object',
    properties: Object.fromEntries(entries.map(([key, one]) => [key, jsonSchemaOf(one)])),
    ...(required.length > 0 ? { required } : {}),
    ...(node.type === 'object' ? { additionalProperties: false } : {}),
  }
}

const WALK: Readonly<Record<string, (node: Node) => Json>> = {
  string: () => ({ type: 'string' }),
  number: () => ({ type: 'number' }),
  boolean: () => ({ type: 'boolean' }),
  null: () => ({ type: 'null' }),
  any: () => ({}),
  unknown: () => ({}),
  literal: (node) => ({ const: node['literal'] }),
  picklist: (node) => ({ enum: node['options'] }),
  array: (node) => ({ type: 'array', items: inner(node, 'item') }),
  tuple: (node) => ({ type: 'array', prefixItems: (node['items'] as v.GenericSchema[]).map(jsonSchemaOf) }),
  record: (node) => ({ type: 'object', additionalProperties: inner(node, 'value') }),
  object: objectOf,
  strict_object: objectOf,
  loose_object: objectOf,
  nullable: (node) => ({ anyOf: [inner(node, 'wrapped'), { type: 'null' }] }),
  optional: (node) => inner(node, 'wrapped'),
  union: (node) => ({ anyOf: (node['options'] as v.GenericSchema[]).map(jsonSchemaOf) }),
  variant: (node) => ({ oneOf: (node['options'] as v.GenericSchema[]).map(jsonSchemaOf) }),
}

// The checks that JSON Schema has words for; the others stay with Valibot, which is the judge.
const CHECKS: Readonly<Record<string, (action: Json, type: unknown) => Json>> = {
  regex: (action) => ({ pattern: (action['requirement'] as RegExp).source }),
  min_length: (action, type) => ({ [type === 'array' ? 'minItems' : 'minLength']: action['requirement'] }),
  max_length: (action, type) => ({ [type === 'array' ? 'maxItems' : 'maxLength']: action['requirement'] }),
  min_value: (action) => ({ minimum: action['requirement'] }),
  max_value: (action) => ({ maximum: action['requirement'] }),
  integer: () => ({ type: 'integer' }),
}

/**
 * A Valibot schema as JSON Schema (2020-12), for the description that others generate clients and tests from. Throws on a sort of
 * schema it has no words for, so that a route never goes out half described.
 */
export function jsonSchemaOf(schema: v.GenericSchema): Json {
  const node = schema as Node
  const walk = WALK[node.type]
  if (!walk) throw new Error(`no words for a ${node.type} schema`)
  const steps = (node['pipe'] as Json[] | undefined)?.slice(1) ?? []
  return steps.reduce<Json>(
    (made, step) => ({ ...made, ...CHECKS[String(step['type'])]?.(step, made['type']) }),
    walk(node),
  )
}
