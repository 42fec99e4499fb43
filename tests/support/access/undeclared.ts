import type * as v from 'valibot'

type Json = Record<string, unknown>
type Node = v.GenericSchema & Json

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Paths of all objects in a value, the value itself first. */
export function objectsIn(value: unknown, at: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return []
  const inner = Object.entries(value).flatMap(([key, one]) => objectsIn(one, [...at, key]))
  return Array.isArray(value) ? inner : [at, ...inner]
}

/** The value with one more field in the object at a path. */
export function withField(value: unknown, at: readonly string[], name: string, field: unknown): unknown {
  const copy = structuredClone(value)
  let one = copy as Json
  for (const key of at) one = one[key] as Json
  one[name] = field
  return copy
}

const OBJECTS = ['object', 'loose_object', 'strict_object']

function inObject(node: Node, value: Json, at: string): string[] {
  const entries = node['entries'] as Record<string, v.GenericSchema>
  return Object.entries(value).flatMap(([key, one]) => {
    const schema = entries[key]
    return schema ? undeclaredIn(schema, one, `${at}.${key}`) : [`${at}.${key}`]
  })
}

/** The fields of an answer that its schema does not name, however loose it is towards newer servers. */
export function undeclaredIn(schema: v.GenericSchema, value: unknown, at = ''): string[] {
  const node = schema as Node
  const each = (one: unknown, inner: unknown, key: string | number) =>
    undeclaredIn(inner as v.GenericSchema, one, `${at}.${key}`)
  if (OBJECTS.includes(node.type) && isObject(value)) return inObject(node, value, at)
  if (node.type === 'nullable' || node.type === 'optional')
    return value === null || value === undefined
      ? []
      : undeclaredIn(node['wrapped'] as v.GenericSchema, value, at)
  if (node.type === 'array' && Array.isArray(value))
    return value.flatMap((one, i) => each(one, node['item'], i))
  if (node.type === 'tuple' && Array.isArray(value))
    return value.flatMap((one, i) => each(one, (node['items'] as unknown[])[i], i))
  if (node.type === 'record' && isObject(value))
    return Object.entries(value).flatMap(([key, one]) => each(one, node['value'], key))
  if (node.type === 'variant' || node.type === 'union') {
    const found = (node['options'] as v.GenericSchema[]).map((one) => undeclaredIn(one, value, at))
    return found.toSorted((a, b) => a.length - b.length)[0] ?? []
  }
  return []
}
