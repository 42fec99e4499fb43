/** Seeds write `in_force_from`, TypeScript `inForceFrom`: renames the keys of plain objects at every depth. */
export function camelKeys(value: object): Record<string, unknown> {
  return deep(value) as Record<string, unknown>
}

const camel = (key: string): string => key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

function deep(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(deep)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [camel(key), deep(one)]))
}
