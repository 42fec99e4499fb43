import type { Body } from '#domain/record/kind.ts'

const CODES = [
  'id',
  'set',
  'type',
  'word',
  'source',
  'form',
  'state',
  'status',
  'on',
  'performBy',
  'nextOn',
  'happenedOn',
  'acceptedOn',
]

/** The words and amounts somebody typed in an op, for showing them again; ids and codes are left out. */
export function typedIn(args: Body): string[] {
  const found: string[] = []
  for (const [key, value] of Object.entries(args)) {
    if (CODES.includes(key)) continue
    if (typeof value === 'string' && value.trim() !== '') found.push(value.trim())
    else if (typeof value === 'number') found.push(String(value))
    else if (value && typeof value === 'object' && !Array.isArray(value))
      found.push(...typedIn(value as Body))
  }
  return found
}
