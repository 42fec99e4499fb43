/**
 * One spelling for one value: object keys sorted, no spaces, `undefined` members left out. Two phones that mean the same
 * op make the same bytes, so its hash can tell a replay from a clone.
 * @returns JSON text; throws on what JSON cannot say (functions, NaN), because that would be a bug of ours
 */
export function canonical(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('a number that JSON cannot say')
    return JSON.stringify(value)
  }
  if (Array.isArray(value))
    return `[${value.map((one) => canonical(one === undefined ? null : one)).join(',')}]`
  if (typeof value === 'object') {
    const members = Object.entries(value as Record<string, unknown>)
      .filter(([, one]) => one !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`)
    return `{${members.join(',')}}`
  }
  throw new TypeError(`a ${typeof value} is not data`)
}
