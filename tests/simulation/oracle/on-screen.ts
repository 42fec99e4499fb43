import type { Id } from '#domain/id.ts'
import { countyOf } from '#domain/region/code.ts'
import { keyOf } from '#phone/database/rows.ts'
import { canonical } from '#sync/protocol/canonical.ts'
import { isAside } from '#sync/fold/fold.ts'
import type { Op } from '#sync/protocol/op.ts'
import { expectFolded } from './folded.ts'
import { storedOf, type Clear } from './phone-content.ts'
import { must, same } from './violation.ts'

/**
 * I-5 where it is hardest: several ops wait on a record of which the server has just said something else, and one of them may fit no
 * more.
 * @param before the version each record had
 */
export async function expectOnTop(
  clear: Clear,
  before: ReadonlyMap<Id, { rv: number }>,
  where: string,
): Promise<void> {
  const rebased = clear.rec.filter((row) => {
    const last = row.pending > 1 ? before.get(row.id) : undefined
    return last !== undefined && last.rv !== row.rv
  })
  if (rebased.length > 0) await expectFolded(clear, where, rebased)
}

/** Whether nothing was fetched between two looks: then nothing but ops can have changed what is on screen. */
const isSameBase = (before: Clear, clear: Clear): boolean =>
  before.sync?.epoch === clear.sync?.epoch &&
  before.sync?.scopeRev === clear.sync?.scopeRev &&
  canonical([...before.cursors]) === canonical([...clear.cursors])

/** Fields that an op types, each with its value. */
const typedIn = ({ k, a }: Op): [string, unknown][] => (k === 'patch' ? Object.entries(a) : [])

/**
 * I-27: what was taken does not vanish from the screen before the record itself comes; L-18: until then nobody says that phone and
 * server hold the same.
 * @param taken ops that have just come to lie in the ring, each the newest of its record
 * @param isInBase whether the server's version here may have an op in it already
 */
export async function expectStillShown(
  { before, clear }: { before: Clear; clear: Clear },
  taken: readonly Op[],
  isInBase: (op: Op, rv: number) => boolean,
  where: string,
): Promise<void> {
  if (taken.length === 0 || !isSameBase(before, clear)) return
  const refused = new Set(clear.dead.map((one) => one.key))
  for (const op of taken) {
    const key = keyOf(op.e[0], op.e[1])
    const [row, was] = [clear, before].map(({ rec }) => rec.find((one) => one.id === op.e[1]))
    // What was carried here may have left this person's sight long ago.
    if (isAside(op) || !was || !row || refused.has(key)) continue
    if (row.rv !== was.rv || isInBase(op, row.rv)) continue
    const agreed = clear.agreed?.counties[countyOf(op.r)]?.state
    must(
      agreed !== 'match',
      'L-18',
      () => `${where}: op ${op.n} was taken, what it became is not here, and both sides are said to agree`,
    )
    const [now, then] = [(await storedOf(row)).now, (await storedOf(was)).now]
    for (const [field, value] of typedIn(op))
      must(
        same(now.body[field] ?? null, value ?? null) || !same(then.body[field] ?? null, value ?? null),
        'I-27',
        () => `${where}: ${field} of ${key} was handed in with op ${op.n} and is shown no more`,
        'lost',
      )
  }
}
