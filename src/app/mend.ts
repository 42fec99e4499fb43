import type { Party } from '#domain/dispute/dispute.ts'
import { maskPhone } from '#domain/privacy/mask.ts'
import type { Body, Kind } from '#domain/record/kind.ts'
import { fieldsOf, type FieldWords } from './field-words.ts'

/** A field of a refused op that can be typed anew. */
export interface MendField extends FieldWords {
  name: string
}

/** What the sheet holds by field: everything as typed, '' for what was not said. */
export type MendValues = Record<string, string>

/** Chosen elsewhere, never typed, or sealed to the server as soon as it was: kept as it was. */
const FIXED: readonly string[] = ['village-word', 'type', 'choices', 'id-number']

/** The fields of an op that its sheet offers: those it spoke of and that people type. */
export const mendFields = (kind: Kind, op: string, args: Body): MendField[] =>
  Object.entries(fieldsOf(kind, op))
    .filter(([name, { saying }]) => name in args && !FIXED.includes(saying.as))
    // The day of accepting follows the day it happened.
    .filter(([name]) => name !== 'acceptedOn' || !('happenedOn' in args))
    .map(([name, words]) => ({ name, ...words }))

const SEPARATOR = /[、，,\n]+/u
const namesIn = (typed: string): string[] =>
  typed
    .split(SEPARATOR)
    .map((one) => one.trim())
    .filter((one) => one !== '')

const nameOf = (party: unknown): string => String((party as Body | null)?.['name'] ?? '')

function typedOf({ saying }: FieldWords, value: unknown): string {
  if (value === null || value === undefined) return ''
  if (saying.as === 'yes') return value === true ? 'yes' : 'no'
  if (saying.as === 'party') return nameOf(value)
  if (saying.as === 'parties') return (value as unknown[]).map(nameOf).join('、')
  return Array.isArray(value) ? value.join('、') : String(value)
}

/** The sheet as it opens: what had been typed. */
export const mendStart = (fields: readonly MendField[], args: Body): MendValues =>
  Object.fromEntries(fields.map((field) => [field.name, typedOf(field, args[field.name])]))

/** What stands for the number of somebody until another is typed in its place; null for a field that hides nothing (TR-47). */
export const maskInMend = ({ saying }: MendField, held: string): string | null =>
  saying.as === 'phone' && held !== '' ? maskPhone(held) : null

/** Names typed anew keep the ids of those that stood at their place, so that a side stays the same side. */
function partiesOf(typed: string, before: unknown, newId: () => string): Party[] {
  const old = Array.isArray(before) ? (before as Party[]) : []
  return namesIn(typed).map((name, at) => {
    const known = old[at]
    return known ? { ...known, name } : { id: newId(), name, kind: 'person' }
  })
}

const COUNT = /^\d{1,6}$/
const YUAN = /^\d{1,10}(\.\d{1,2})?$/
const yuanIn = (typed: string): string => typed.replace(/[,，\s元]/gu, '')

/** The first field that cannot be sent as it stands, and why; null when all can. */
export function wrongInMend(
  fields: readonly MendField[],
  values: MendValues,
): { name: string; why: 'number' | 'yuan' } | null {
  for (const { name, saying } of fields) {
    const typed = (values[name] ?? '').trim()
    if (typed === '') continue
    if (saying.as === 'count' && !COUNT.test(typed)) return { name, why: 'number' }
    if (saying.as === 'yuan' && !YUAN.test(yuanIn(typed))) return { name, why: 'yuan' }
  }
  return null
}

function valueOf({ saying }: FieldWords, typed: string, before: unknown, newId: () => string): unknown {
  if (saying.as === 'parties') return partiesOf(typed, before, newId)
  if (saying.as === 'party') return { ...(before as Body), name: typed }
  if (saying.as === 'names') return namesIn(typed)
  if (saying.as === 'yes') return typed === 'yes'
  if (saying.as === 'count') return typed === '' ? null : Number(typed)
  if (saying.as === 'yuan') return typed === '' ? null : Number(yuanIn(typed))
  // A day that is not planned is null, one that was always there stays a text.
  return saying.as === 'day' && typed === '' && before === null ? null : typed
}

/** The op's arguments with what was typed in their place; everything else in them stays as it was. */
export function mendedArgs(
  fields: readonly MendField[],
  args: Body,
  values: MendValues,
  newId: () => string,
): Body {
  const start = mendStart(fields, args)
  const changed = fields.filter(({ name }) => values[name] !== start[name])
  const next: Body = { ...args }
  for (const field of changed)
    next[field.name] = valueOf(field, (values[field.name] ?? '').trim(), args[field.name], newId)
  if (next['happenedOn'] !== args['happenedOn'] && args['acceptedOn'] === args['happenedOn'])
    next['acceptedOn'] = next['happenedOn']
  return next
}
