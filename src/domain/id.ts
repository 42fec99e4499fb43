import * as v from 'valibot'

/** Every record, person, organisation and op names itself by a UUID made where it was made, so that no counter is shared offline. */
export const IdSchema = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/),
)
export type Id = string

const twoDigits = (byte: number): string => (byte < 16 ? '0' : '') + byte.toString(16)

/**
 * A version-7 UUID (RFC 9562 §5.7): 48 bits of epoch milliseconds, then random bits, so that ids sort by time of making.
 * @param atMs epoch milliseconds; a clock that stands before 1970 counts as 1970
 * @param random ten random bytes
 */
export function makeId(atMs: number, random: Uint8Array): Id {
  const time = Math.max(0, Math.floor(atMs)).toString(16).padStart(12, '0').slice(-12)
  const hex = (from: number, to: number) => {
    let text = ''
    for (let at = from; at < to; at++) text += twoDigits(random[at] ?? 0)
    return text
  }
  const a = (((random[0] ?? 0) & 0x0f) | 0x70).toString(16) + hex(1, 2)
  const b = (((random[2] ?? 0) & 0x3f) | 0x80).toString(16) + hex(3, 4)
  return `${time.slice(0, 8)}-${time.slice(8)}-${a}-${b}-${hex(4, 10)}`
}
