import { keyOf } from '#phone/database/rows.ts'
import { asMade } from '#phone/engine/offering.ts'
import { standingOf, stateFrom, type Author } from '#phone/notebook/standing.ts'
import type { Standing } from '#phone/record/stored.ts'
import { localContext } from '#sync/fold/effective.ts'
import { fold, isAside } from '#sync/fold/fold.ts'
import type { RecordState } from '#sync/fold/state.ts'
import type { Op } from '#sync/protocol/op.ts'
import { opOf, refusedOf, storedOf, type Clear } from './phone-content.ts'
import { differences, must, same } from './violation.ts'

/** The base with every op on top that fits, whatever the one before it did. */
function shownOf(
  base: Standing | null,
  kind: string,
  id: string,
  ops: readonly Op[],
  { person, device }: Author,
): Standing | null {
  let state: RecordState | null = base && stateFrom(kind, id, base)
  for (const op of ops) {
    const done = isAside(op) ? null : fold(state, op, localContext(op, person, device))
    if (done?.ok) state = done.value.state
  }
  return state && standingOf(state)
}

/**
 * I-5: what is on screen is the base with the waiting ops on top, in order.
 * @param rows of these records; absent: of all
 */
export async function expectFolded(clear: Clear, where: string, rows = clear.rec): Promise<void> {
  const author = { person: clear.me?.person ?? '', device: clear.identity?.device ?? 0 }
  const made = (op: Op): Op => (clear.identity ? asMade(op, clear.identity) : op)
  for (const row of rows) {
    const key = keyOf(row.kind, row.id)
    const stored = await storedOf(row).catch(() => null)
    must(stored !== null, 'I-36', () => `${where}: the box of ${key} does not open and was not mended`)
    const waiting = await Promise.all(clear.out.filter((one) => one.key === key).map(opOf))
    const refused = await Promise.all(clear.dead.filter((one) => one.key === key).map(refusedOf))
    const base = stored.base === undefined ? stored.now : stored.base
    must(
      refused.every(({ code, outcome }) => code !== 'exception' || outcome === 'quarantined'),
      'I-10',
      () => `${where}: an op of ${key} that the database could not hold was called a breach of a rule`,
    )
    must(
      stored.refused === refused.length,
      'I-5',
      () => `${where}: ${key} says ${stored.refused} refused, there are ${refused.length}`,
    )
    // Of a record that the server refused to make everything typed is shown, refused or not.
    const ops = base === null ? [...refused.map((one) => one.op), ...waiting] : waiting
    const now = shownOf(
      base,
      row.kind,
      row.id,
      ops.map(made).sort((a, b) => a.n - b.n),
      author,
    )
    if (now)
      must(
        same(stored.now, now),
        'I-5',
        () =>
          `${where}: ${key} does not show base and waiting ops: ${differences(stored.now, now).join('; ')}`,
      )
  }
}
