import { addDays, type Day } from '#domain/time/day.ts'
import type { ListRow } from '#phone/api.ts'
import { nameOf, type DisputeValues } from './forms/dispute-form.ts'

/** Days back in which the same two families with the same trouble are probably the same matter. */
const ALIKE_DAYS = 30

/** A dispute of the last month that would have the same title as what is being written; null while two sides are not named. */
export function likeOne(rows: readonly ListRow[], values: DisputeValues, today: Day): ListRow | null {
  if (values.word === '' || values.names.filter((name) => name.trim() !== '').length < 2) return null
  const title = nameOf(values)
  const since = addDays(today, -ALIKE_DAYS)
  return (
    rows.find(
      (row) => row.kind === 'dispute' && row.title === title && row.on >= since && row.stage !== 'cancelled',
    ) ?? null
  )
}
