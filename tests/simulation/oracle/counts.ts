import { contributionsOf } from '#domain/metric/contribution.ts'
import type { Body } from '#domain/record/kind.ts'
import { countyOf } from '#domain/region/code.ts'
import { addDays } from '#domain/time/day.ts'
import { keyOf } from '#phone/database/rows.ts'
import type { RecordState } from '#sync/fold/state.ts'
import type { Tab } from '../world/phone.ts'
import { storedOf, type Clear } from './phone-content.ts'
import type { RecordRow, ServerContent } from './server-content.ts'
import { must } from './violation.ts'

type Sums = Map<string, number>

const sharesOf = (kind: string, body: Body) => contributionsOf(kind, body, (day) => addDays(day, 1))
const add = (sums: Sums, name: string, n: number): void => void sums.set(name, (sums.get(name) ?? 0) + n)

/** Where two lists of numbers differ; absent and 0 are the same. */
function differing(a: Sums, b: Sums): string | undefined {
  const name = [...a.keys(), ...b.keys()].find((one) => (a.get(one) ?? 0) !== (b.get(one) ?? 0))
  return name === undefined ? undefined : `${name}: ${a.get(name) ?? 0} against ${b.get(name) ?? 0}`
}

/** I-38: the numbers kept beside the records are those of the ops that were taken, counted anew. */
export function expectRecount(content: ServerContent, states: readonly RecordState[]): void {
  const counted: Sums = new Map()
  for (const { kind, region, body, deleted } of states)
    for (const { metric, day, n } of deleted ? [] : sharesOf(kind, body))
      add(counted, `${countyOf(region)}/${region}/${metric}/${day}`, n)
  const wrong = differing(new Map(content.rollup), counted)
  must(wrong === undefined, 'I-38', () => `kept and counted anew from the ops differ in ${wrong}`)
}

/** What records of one person add to each number of each year, as `year metric`. */
function ownOf(all: Iterable<{ kind: string; body: Body; deleted?: boolean } | null>, person: string): Sums {
  const sums: Sums = new Map()
  for (const one of all) {
    if (!one || one.deleted || one.body['recordedBy'] !== person) continue
    for (const { metric, day, n } of sharesOf(one.kind, one.body))
      add(sums, `${day.slice(0, 4)} ${metric}`, n)
  }
  return sums
}

/**
 * I-40: what a phone calls confirmed is what the server counts for its person in what the phone holds; what waits and what was not
 * accepted makes up the rest of what is on screen, and is nothing where nothing lies in outbox or among the refused.
 * @param scope what the server shows this phone, by key
 */
export async function expectOwnCounts(
  tab: Tab,
  clear: Clear,
  scope: ReadonlyMap<string, RecordRow>,
  where: string,
): Promise<void> {
  const status = tab.notebook.status.get()
  must(
    status?.waiting === clear.out.length && status.refused === clear.dead.length,
    'I-40',
    () =>
      `${where} says ${status?.waiting} waiting and ${status?.refused} refused; there are ${clear.out.length} and ${clear.dead.length}`,
  )
  const held = await Promise.all(clear.rec.map(async (row) => ({ row, stored: await storedOf(row) })))
  // Kept only for work that was not accepted: what the server has of it is not for this phone any more.
  const isOnlyKept = held.some(
    ({ row, stored }) => stored.base !== null && !scope.has(keyOf(row.kind, row.id)),
  )
  const person = clear.me?.person ?? ''
  const shown = ownOf(
    held.map(({ row, stored }) => ({ ...stored.now, kind: row.kind })),
    person,
  )
  const confirmed = isOnlyKept ? null : ownOf(scope.values(), person)
  const [said, whole]: [Sums, Sums] = [new Map(), new Map()]
  const years = new Set([...shown.keys(), ...(confirmed?.keys() ?? [])].map((one) => one.slice(0, 4)))
  for (const year of years)
    for (const one of await tab.notebook.care.counts(year)) {
      add(said, `${year} ${one.metric}`, one.confirmed)
      add(whole, `${year} ${one.metric}`, one.confirmed + one.waiting + one.notAccepted)
      must(
        (one.waiting === 0 || clear.out.length > 0) && (one.notAccepted === 0 || clear.dead.length > 0),
        'I-40',
        () =>
          `${where}: ${one.metric} has ${one.waiting} waiting, ${one.notAccepted} not accepted, and nothing does`,
      )
    }
  const wrong = (confirmed && differing(said, confirmed)) ?? differing(whole, shown)
  must(wrong === undefined, 'I-40', () => `${where} counts ${wrong}`)
}
