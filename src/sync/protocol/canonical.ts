function canonicalObject(value: Readonly<Record<string, unknown>>): string {
  let text = ''
  for (const key of Object.keys(value).sort()) {
    const one = value[key]
    if (one !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonical(one)}`
  }
  return `{${text}}`
}

/**
 * One spelling for one value: object keys sorted, no spaces, `undefined` members left out. Two phones that mean the same
 * op make the same bytes, so its hash can tell a replay from a clone.
 * @returns JSON text; throws on what JSON cannot say (functions, NaN), because that would be a bug of ours
 */
export function canonical(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return JSON.stringify(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('a number that JSON cannot say')
    return JSON.stringify(value)
  }
  if (Array.isArray(value)) {
    let text = ''
    for (const one of value as unknown[])
      text += `${text === '' ? '' : ','}${canonical(one === undefined ? null : one)}`
    return `[${text}]`
  }
  if (typeof value === 'object') return canonicalObject(value as Readonly<Record<string, unknown>>)
  throw new TypeError(`a ${typeof value} is not data`)
}
