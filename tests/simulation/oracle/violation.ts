/** A promise that was not kept. `kind` is what the last line of the command counts. */
export class Violation extends Error {
  override name = 'Violation'
  readonly invariant: string
  readonly kind: ViolationKind
  constructor(invariant: string, what: string, kind: ViolationKind = 'other') {
    super(`${invariant}: ${what}`)
    this.invariant = invariant
    this.kind = kind
  }
}

export type ViolationKind = 'lost' | 'duplicated' | 'stuck' | 'other'

/** @param what told only when it does not hold */
export function must(
  holds: boolean,
  invariant: string,
  what: () => string,
  kind: ViolationKind = 'other',
): asserts holds {
  if (!holds) throw new Violation(invariant, what(), kind)
}

/** Whether two JSON values say the same; keys in any order, absent and undefined alike. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((one, at) => same(one, b[at]))
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>]
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((key) =>
    same(left[key], right[key]),
  )
}

/** Where two JSON values differ, the first few places. */
export function differences(a: unknown, b: unknown, path = ''): string[] {
  if (same(a, b)) return []
  const isBoth = typeof a === 'object' && typeof b === 'object' && a !== null && b !== null
  if (!isBoth) return [`${path}: ${JSON.stringify(a)} against ${JSON.stringify(b)}`]
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>]
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])]
  return keys.flatMap((key) => differences(left[key], right[key], `${path}/${key}`)).slice(0, 5)
}
