import type { Body } from '#domain/record/kind.ts'
import type { Day } from '#domain/time/day.ts'

/** One typed field of a small record as its sheet shows it; the name is the field's in the record. */
export type CorrectField = {
  name: string
  label: string
  /** It may not be left empty. */
  needed?: boolean
} & (
  | { type: 'text' | 'area'; max: number }
  /** A whole number; left empty it is not known (null), which `needed` forbids. */
  | { type: 'count' }
  | { type: 'day' }
  | { type: 'choice'; options: readonly { value: string; label: string }[] }
)

/** What the sheet holds by field: everything as typed, '' for what is not known. */
export type CorrectValues = Record<string, string>

/** The sheet as it opens on a record. */
export const startOf = (fields: readonly CorrectField[], body: Body): CorrectValues =>
  Object.fromEntries(fields.map((field) => [field.name, String(body[field.name] ?? '')]))

const COUNT = /^\d{1,6}$/

/** The first field that cannot be saved as it stands, and why; null when all can. */
export function wrongIn(
  fields: readonly CorrectField[],
  values: CorrectValues,
  today: Day,
): { name: string; why: 'words' | 'number' | 'future' } | null {
  for (const { name, type, needed } of fields) {
    const value = (values[name] ?? '').trim()
    if (type === 'count' && (value === '' ? needed : !COUNT.test(value))) return { name, why: 'number' }
    if (type !== 'count' && needed && value === '') return { name, why: 'words' }
    if (type === 'day' && value > today) return { name, why: 'future' }
  }
  return null
}

/** The fields that were changed, in the record's own shape, so that a colleague's change of another field stays. */
export function changesOf(fields: readonly CorrectField[], body: Body, values: CorrectValues): Body {
  const changes: Body = {}
  for (const { name, type } of fields) {
    const value = (values[name] ?? '').trim()
    const now = type !== 'count' ? value : value === '' ? null : Number(value)
    if (now !== (body[name] ?? (type === 'count' ? null : ''))) changes[name] = now
  }
  return changes
}
