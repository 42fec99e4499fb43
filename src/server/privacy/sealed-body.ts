import { SEALED_FIELDS } from '#domain/privacy/mask.ts'
import type { Body } from '#domain/record/kind.ts'
import { isSealed, isUnderFirst, openValue, sealValue, type FieldKeys } from './field-keys.ts'

/** Where a body in the database keeps what stands nowhere in clear: by field, sealed. Whoever does not open it finds the field empty. */
const SEALED = '$sealed'

/** A record, as far as its sealed values are bound to it. */
export interface Named {
  kind: string
  id: string
}

const boundTo = ({ kind, id }: Named, field: string): string => `${kind}/${id}/${field}`
const fieldsOf = (kind: string): readonly string[] =>
  Object.hasOwn(SEALED_FIELDS, kind) ? (SEALED_FIELDS[kind] ?? []) : []

function sealedIn(body: Body): Readonly<Record<string, string>> {
  const found = body[SEALED]
  if (typeof found !== 'object' || found === null) return {}
  return Object.fromEntries(Object.entries(found).filter(([, one]) => typeof one === 'string')) as Record<
    string,
    string
  >
}

/** A body as the database keeps it. What could not be opened stays as it was. */
export function sealBody(keys: FieldKeys, of: Named, body: Body): Body {
  const fields = fieldsOf(of.kind).filter((field) => typeof body[field] === 'string' && body[field] !== '')
  if (fields.length === 0) return body
  const sealed = fields.map(
    (field) => [field, sealValue(keys, boundTo(of, field), String(body[field]))] as const,
  )
  return {
    ...body,
    ...Object.fromEntries(fields.map((field) => [field, ''])),
    [SEALED]: { ...sealedIn(body), ...Object.fromEntries(sealed) },
  }
}

/** A body as its author wrote it. A value under a key that is not here stays sealed, and its field empty. */
export function openBody(keys: FieldKeys, of: Named, body: Body): Body {
  if (!(SEALED in body)) return body
  const { [SEALED]: _sealed, ...rest } = body
  const left: Record<string, string> = {}
  const opened: Body = {}
  for (const [field, one] of Object.entries(sealedIn(body))) {
    const value = fieldsOf(of.kind).includes(field) ? openValue(keys, boundTo(of, field), one) : null
    if (value === null) left[field] = one
    else opened[field] = value
  }
  return { ...rest, ...opened, ...(Object.keys(left).length > 0 ? { [SEALED]: left } : {}) }
}

/** One value of a field, as it is kept by itself: of a loss. */
export const sealOne = (keys: FieldKeys, of: Named, field: string, value: unknown): unknown =>
  fieldsOf(of.kind).includes(field) && typeof value === 'string' && value !== ''
    ? { [SEALED]: sealValue(keys, boundTo(of, field), value) }
    : value

/** What `sealOne` kept; as it is when it is none, or under a key that is not here. */
export function openOne(keys: FieldKeys, of: Named, field: string, value: unknown): unknown {
  const sealed = (value as Body | null)?.[SEALED]
  return typeof sealed === 'string' ? (openValue(keys, boundTo(of, field), sealed) ?? value) : value
}

/** What sealing anew came to: how many values are sealed under the newest key now, and how many open under none that is here. */
export interface Renewed<T> {
  value: T
  sealed: number
  left: number
}

/**
 * A body of which every number is sealed under the newest key: those that stood in clear, and those of an older one. What is so already
 * stays to the letter, so that doing it again does nothing; what opens under no key here stays as it is.
 */
export function renewBody(keys: FieldKeys, of: Named, body: Body): Renewed<Body> {
  const kept = sealedIn(body)
  const old = Object.keys(kept).filter((field) => !isUnderFirst(keys, kept[field] ?? ''))
  const opened = old.flatMap((field) => {
    const value = openValue(keys, boundTo(of, field), kept[field] ?? '')
    return value === null ? [] : [[field, value] as const]
  })
  const clear = fieldsOf(of.kind).filter((field) => typeof body[field] === 'string' && body[field] !== '')
  const left = old.length - opened.length
  if (clear.length + opened.length === 0) return { value: body, sealed: 0, left }
  const again = opened.map(([field, value]) => [field, sealValue(keys, boundTo(of, field), value)])
  const next = { ...body, [SEALED]: { ...kept, ...Object.fromEntries(again) } }
  return { value: sealBody(keys, of, next), sealed: clear.length + opened.length, left }
}

/** The same for one value of a field that stands by itself. */
export function renewOne(keys: FieldKeys, of: Named, field: string, value: unknown): Renewed<unknown> {
  const sealed = (value as Body | null)?.[SEALED]
  if (typeof sealed !== 'string') {
    const next = sealOne(keys, of, field, value)
    return { value: next, sealed: next === value ? 0 : 1, left: 0 }
  }
  if (isUnderFirst(keys, sealed)) return { value, sealed: 0, left: 0 }
  const opened = openValue(keys, boundTo(of, field), sealed)
  return opened === null
    ? { value, sealed: 0, left: 1 }
    : { value: sealOne(keys, of, field, opened), sealed: 1, left: 0 }
}

/** The same for a text that a column holds sealed as it is. @param bound what it belongs to */
export function renewText(keys: FieldKeys, bound: string, text: string): Renewed<string> {
  if (text === '' || isUnderFirst(keys, text)) return { value: text, sealed: 0, left: 0 }
  const clear = isSealed(text) ? openValue(keys, bound, text) : text
  if (clear === null) return { value: text, sealed: 0, left: 1 }
  return { value: sealValue(keys, bound, clear), sealed: 1, left: 0 }
}

/** What stands for a number of which nothing is shown. */
const HIDDEN = '****'

/** A body as a desk shows it: of numbers that it may ask for one by one, only that they are there; nothing that opens as one. */
export function maskedBody(kind: string, body: Body): Body {
  const { [SEALED]: _sealed, ...rest } = body
  const there = [
    ...Object.keys(sealedIn(body)),
    ...fieldsOf(kind).filter((one) => body[one] !== '' && one in body),
  ]
  const masked: Body = { ...rest, ...Object.fromEntries(there.map((field) => [field, HIDDEN])) }
  const numbers = body['idNumbers']
  if (Array.isArray(numbers))
    masked['idNumbers'] = (numbers as Body[]).map(({ id, tail, agreedOn }) => ({ id, tail, agreedOn }))
  return masked
}

/** The same for one value of a field that stands by itself. */
export function maskedValue(kind: string, field: string, value: unknown): unknown {
  if (field.startsWith('idNumbers/') && value !== null && typeof value === 'object') {
    const { id, tail, agreedOn } = value as Body
    return { id, tail, agreedOn }
  }
  const isNumber = fieldsOf(kind).includes(field) && value !== null && value !== ''
  return isNumber || (value as Body | null)?.[SEALED] !== undefined ? HIDDEN : value
}

/** What an op wanted to write, the same way. */
export function maskedArgs(kind: string, op: string, args: Body): Body {
  if (op !== 'dispute.identify') return maskedBody(kind, args)
  return { ...args, number: maskedValue(kind, 'idNumbers/', args['number']) }
}
