import { SEALED_FIELDS } from '#domain/privacy/mask.ts'
import type { Body } from '#domain/record/kind.ts'
import { openValue, sealValue, type FieldKeys } from './field-keys.ts'

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
