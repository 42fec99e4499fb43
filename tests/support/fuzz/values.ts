import list from 'big-list-of-naughty-strings/blns.json' with { type: 'json' }
import type { Dice } from './dice.ts'

/** Max Woolf's list of strings that break programs. */
export const NAUGHTY: readonly string[] = list

/** What is missing there: what this product meets and what databases, files and addresses choke on. */
export const ALSO_NAUGHTY: readonly string[] = [
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\udc00x',
  '\ufeff',
  '\ufffe',
  '𠮷野家的𬍛',
  '👨‍👩‍👧‍👦',
  '\u202eabc',
  '＝1+1',
  '=HYPERLINK("http://localhost")',
  '９９９９０１',
  '999901%',
  '999901_',
  '../../../../etc/passwd',
  '%00',
  '%2e%2e%2f',
  "' OR 1=1 --",
  "'; DROP TABLE record; --",
  '$1',
  '{"$ne":null}',
  '__proto__',
  'constructor',
  'toString',
  '1e400',
  '-0',
  '9'.repeat(40),
  '2026-02-30',
  '0000-00-00',
  '275760-09-14',
  'x'.repeat(5000),
  '长'.repeat(3000),
]
const STRINGS: readonly string[] = [...NAUGHTY, ...ALSO_NAUGHTY]
const NUMBERS: readonly number[] = [
  0, -1, 1, 2, 1.5, -0, 255, 65_536, 2_147_483_647, 2_147_483_648, -2_147_483_649, 9_007_199_254_740_991,
  9_007_199_254_740_994, 1e21, -1e308, 5e-324,
]

/** A word that nobody foresaw. */
export const hostileText = (dice: Dice): string => dice.pick(STRINGS)

const deep = (levels: number): unknown => {
  let value: unknown = 1
  for (let i = 0; i < levels; i++) value = i % 2 === 0 ? [value] : { a: value }
  return value
}

/** A value that nobody foresaw, of any sort. */
export function hostileValue(dice: Dice): unknown {
  switch (dice.below(9)) {
    case 0:
      return null
    case 1:
      return dice.pick(NUMBERS)
    case 2:
      return dice.chance(0.5)
    case 3:
      return []
    case 4:
      return {}
    case 5:
      return deep(dice.pick([3, 31, 40, 200]))
    case 6:
      return Array.from({ length: dice.pick([1, 201, 2000]) }, () => 'a')
    default:
      return hostileText(dice)
  }
}

interface Schema {
  type?: string
  const?: unknown
  enum?: readonly unknown[]
  anyOf?: readonly Schema[]
  oneOf?: readonly Schema[]
  properties?: Readonly<Record<string, Schema>>
  required?: readonly string[]
  additionalProperties?: Schema | boolean
  items?: Schema
  prefixItems?: readonly Schema[]
  pattern?: string
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  minimum?: number
  maximum?: number
}
export type { Schema }

/** What was seen in requests that succeed, so that patterns can be met. */
export interface Seen {
  strings: readonly string[]
  numbers: readonly number[]
}

function textFor(schema: Schema, seen: Seen, dice: Dice): string {
  const { pattern, minLength = 0, maxLength = 200 } = schema
  const fits = (one: string) =>
    one.length >= minLength && one.length <= maxLength && (!pattern || new RegExp(pattern, 'u').test(one))
  const known = seen.strings.filter(fits)
  if (known.length > 0 && dice.chance(pattern ? 0.95 : 0.5)) return dice.pick(known)
  const wild = STRINGS.filter(fits)
  return wild.length > 0 ? dice.pick(wild) : 'x'.repeat(dice.pick([minLength, maxLength]))
}

function numberFor({ type, minimum = 0, maximum = 2_000_000_000 }: Schema, seen: Seen, dice: Dice): number {
  const known = seen.numbers.filter((one) => one >= minimum && one <= maximum)
  const edges = [minimum, maximum, Math.min(maximum, minimum + 1)]
  const one = known.length > 0 && dice.chance(0.6) ? dice.pick(known) : dice.pick(edges)
  return type === 'integer' ? Math.trunc(one) : one
}

function objectFor(schema: Schema, seen: Seen, dice: Dice): unknown {
  const { properties, required = [], additionalProperties } = schema
  const made: Record<string, unknown> = {}
  for (const [key, inner] of Object.entries(properties ?? {}))
    if (required.includes(key) || dice.chance(0.5)) made[key] = valueFor(inner, seen, dice)
  if (!properties && typeof additionalProperties === 'object')
    for (let i = dice.below(3); i > 0; i--)
      made[dice.pick(seen.strings)] = valueFor(additionalProperties, seen, dice)
  return made
}

/** A value that a JSON schema takes, drawn from what was seen and from the edges of what is allowed. */
export function valueFor(schema: Schema, seen: Seen, dice: Dice): unknown {
  if ('const' in schema) return schema.const
  if (schema.enum) return dice.pick(schema.enum)
  const either = schema.anyOf ?? schema.oneOf
  if (either) return valueFor(dice.pick(either), seen, dice)
  switch (schema.type) {
    case 'string':
      return textFor(schema, seen, dice)
    case 'number':
    case 'integer':
      return numberFor(schema, seen, dice)
    case 'boolean':
      return dice.chance(0.5)
    case 'null':
      return null
    case 'object':
      return objectFor(schema, seen, dice)
    case 'array': {
      if (schema.prefixItems) return schema.prefixItems.map((one) => valueFor(one, seen, dice))
      const length = Math.min(schema.maxItems ?? 3, (schema.minItems ?? 0) + dice.below(3))
      return Array.from({ length }, () => valueFor(schema.items ?? {}, seen, dice))
    }
    default:
      return hostileValue(dice)
  }
}

type Path = readonly (string | number)[]

/** Where something stands in a value, the value itself first. */
function placesIn(value: unknown, at: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [at]
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? value.map((one, i) => [i, one])
    : Object.entries(value)
  return [at, ...entries.flatMap(([key, one]) => placesIn(one, [...at, key]))]
}

/** The value, wrong in one place: something taken out, something else put in, something added. */
export function spoil(value: unknown, seen: Seen, dice: Dice): unknown {
  const at = dice.pick(placesIn(value))
  const key = at.at(-1)
  if (key === undefined) return hostileValue(dice)
  const copy = structuredClone(value)
  let holder = copy as Record<string | number, unknown>
  for (const one of at.slice(0, -1)) holder = holder[one] as never
  switch (dice.below(6)) {
    case 0:
      if (Array.isArray(holder)) holder.splice(Number(key), 1)
      else delete holder[key]
      break
    case 1:
      // Not assigned: `__proto__` would then be no field.
      Object.defineProperty(
        Array.isArray(holder) ? {} : holder,
        dice.pick(['__proto__', 'constructor', 'zz', 'id']),
        {
          value: hostileValue(dice),
          enumerable: true,
          configurable: true,
          writable: true,
        },
      )
      break
    case 2:
      holder[key] = dice.pick(seen.strings)
      break
    case 3:
      holder[key] = dice.pick(seen.numbers)
      break
    default:
      holder[key] = hostileValue(dice)
  }
  return copy
}

/** All words and numbers in a value. */
export function wordsIn(value: unknown, into: { strings: Set<string>; numbers: Set<number> }): void {
  if (typeof value === 'string') into.strings.add(value)
  else if (typeof value === 'number') into.numbers.add(value)
  else if (typeof value === 'object' && value !== null)
    for (const [key, one] of Object.entries(value)) {
      if (!Array.isArray(value)) into.strings.add(key)
      wordsIn(one, into)
    }
}
