import { PURPOSES, type Purpose } from '#domain/privacy/purposes.ts'
import type { Body, Kind } from '#domain/record/kind.ts'
import { maskPhone, SEALED_FIELDS } from '#domain/privacy/mask.ts'
import { isPaperNumber } from '#domain/dispute/paper-number.ts'
import { VILLAGE_WORDS } from '#domain/dispute/type.ts'
import { accept, refuse, type Result } from '#domain/result.ts'

/** A record in which somebody is named. */
export interface SubjectRecord extends Record<string, unknown> {
  kind: 'dispute' | 'lead' | 'service'
  id: string
  region: string
  body: Body
}

/** What one person is given of a record: values by field, and which fields are not given by a machine because they may tell of others. */
export interface Given {
  kind: string
  id: string
  fields: Record<string, unknown>
  /** Fields in which something stands that somebody of the office reads out instead. */
  withheld: string[]
}

export type NotTheirs = 'not-theirs' | 'two-of-that-name'

const isBody = (value: unknown): value is Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isNothing = (value: unknown): boolean =>
  value === null || value === '' || (Array.isArray(value) && value.length === 0)

/** The entry of a dispute that is theirs; refused when nobody or more than one is called so. */
function ownParty({ kind, body }: SubjectRecord, name: string): Result<Body | null, NotTheirs> {
  if (kind !== 'dispute')
    return body[kind === 'lead' ? 'from' : 'who'] === name ? accept(null) : refuse('not-theirs')
  const parties = Array.isArray(body['parties']) ? body['parties'].filter(isBody) : []
  const own = parties.filter((one) => one['name'] === name)
  if (own.length > 1) return refuse('two-of-that-name')
  return own[0] ? accept(own[0]) : refuse('not-theirs')
}

/** What may be given of a value: nothing that somebody else stands in, nothing that has no line in the table. */
function give(
  value: unknown,
  path: string,
  lines: Readonly<Record<string, Purpose>>,
  withheld: Set<string>,
): unknown {
  const line = lines[path]
  if (line) {
    if (line.whose === 'mixed' && !isNothing(value)) withheld.add(path)
    if (line.whose === 'mixed' || line.whose === 'worker') return undefined
    if (line.whose === 'sealed') return undefined
    // A field that takes any text may hold a name.
    if (path === 'paperNo' && !isPaperNumber(value)) return undefined
    return path === 'word' && !VILLAGE_WORDS.some((one) => one.id === value) ? undefined : value
  }
  if (Array.isArray(value))
    return value.map((one) => give(one, path, lines, withheld)).filter((one) => one !== undefined)
  if (!isBody(value)) return undefined
  const parts = Object.entries(value).flatMap(([name, one]) => {
    const part = give(one, path === '' ? name : `${path}.${name}`, lines, withheld)
    return part === undefined ? [] : [[name, part] as const]
  })
  return parts.length > 0 ? Object.fromEntries(parts) : undefined
}

/** A body in which of telephone numbers only the mask stands. */
function endsOnly(kind: string, body: Body): Body {
  const fields = (SEALED_FIELDS[kind] ?? []).filter((field) => typeof body[field] === 'string')
  return { ...body, ...Object.fromEntries(fields.map((field) => [field, maskPhone(String(body[field]))])) }
}

/** Of lists of the sides only the entries of one. */
function onlyOf(party: Body, body: Body): Body {
  const numbers = body['idNumbers'] as Body[] | undefined
  const own = numbers?.filter((one) => one['id'] === party['id'])
  return { parties: [party], ...(own ? { idNumbers: own } : {}) }
}

/**
 * What somebody is given of a record in which they are named, without what is another's (个人信息保护法 art. 45): their own entry, and of the
 * matter what is nobody's own. Words that may speak of several people are named and left out.
 */
export function givenOf(record: SubjectRecord, name: string): Result<Given, NotTheirs> {
  const own = ownParty(record, name)
  if (!own.ok) return own
  const { kind, id } = record
  // Of numbers what their owner knows them by: the whole is read out where it can be seen who asks.
  const body = endsOnly(kind, record.body)
  const theirs = own.value === null ? body : { ...body, ...onlyOf(own.value, body) }
  const withheld = new Set<string>()
  const fields = give(theirs, '', PURPOSES[kind as Kind], withheld) as Record<string, unknown>
  return accept({ kind, id, fields, withheld: [...withheld].sort() })
}

export type CannotDelete = NotTheirs | 'held' | 'filed' | 'both-sides'

/**
 * Whether a record goes when one person asks. A closed file is an archive and stays for its term (个人信息保护法 art. 72); a matter of two sides
 * is not one side's to delete; what was entered by mistake, or is theirs alone, goes.
 */
export function mayDelete(record: SubjectRecord, name: string, held: boolean): Result<null, CannotDelete> {
  const own = ownParty(record, name)
  if (!own.ok) return own
  if (held) return refuse('held')
  if (record.kind !== 'dispute' || record.body['stage'] === 'cancelled') return accept(null)
  if (record.body['stage'] === 'closed') return refuse('filed')
  const parties = record.body['parties'] as unknown[]
  return parties.length > 1 ? refuse('both-sides') : accept(null)
}
