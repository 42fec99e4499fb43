import { viewOf } from '#domain/access/grant.ts'
import { offlineRights } from '#domain/access/scope.ts'
import type { Lane } from '#domain/access/lane.ts'
import type { Body } from '#domain/record/kind.ts'
import { countyOf } from '#domain/region/code.ts'
import { keyOf } from '#phone/database/rows.ts'
import { asMade } from '#phone/engine/offering.ts'
import { standingOf, stateFrom, type Author } from '#phone/notebook/standing.ts'
import type { Standing } from '#phone/record/stored.ts'
import { localContext } from '#sync/fold/effective.ts'
import { fold, isAside } from '#sync/fold/fold.ts'
import type { RecordState } from '#sync/fold/state.ts'
import type { Op } from '#sync/protocol/op.ts'
import type { World } from '../world/world.ts'
import type { Phone } from '../world/phone.ts'
import { expectOwnCounts } from './counts.ts'
import { expectFiles } from './files.ts'
import { clearOf, opOf, refusedOf, storedOf, type Clear } from './phone-content.ts'
import { keyOfRecord } from './replay.ts'
import type { RecordRow, ServerContent } from './server-content.ts'
import { differences, must, same } from './violation.ts'

/** What a person's phone must hold of the server's records. */
function scopeOf(
  world: World,
  person: number,
  content: ServerContent,
  counties: ReadonlySet<string>,
): Map<string, RecordRow> {
  const rights = offlineRights(world.office.rightsOf(person))
  const seen = content.records.filter(
    (row) =>
      !row.deleted &&
      counties.has(countyOf(row.region)) &&
      viewOf(rights, { ...row, lane: row.lane as Lane }, world.office.today) === 'full',
  )
  return new Map(seen.map((row) => [keyOfRecord(row), row]))
}

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

/** I-5: what is on screen is the base with the waiting ops on top, in order. */
export async function expectFolded(clear: Clear, where: string): Promise<void> {
  const author = { person: clear.me?.person ?? '', device: clear.identity?.device ?? 0 }
  const made = (op: Op): Op => (clear.identity ? asMade(op, clear.identity) : op)
  for (const row of clear.rec) {
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

/**
 * Without the stamps of receiving. A doubled request that arrives after a quiet restore brings the very same op again: the version is
 * the same, the moment of receiving is not, and nobody's work hangs on it.
 */
const untimed = ({ receivedAt: _when, enteredAt: _corrected, events, ...rest }: Body): Body => ({
  ...rest,
  ...(Array.isArray(events) ? { events: events.map((one: Body) => ({ ...one, at: 0 })) } : {}),
})

/** I-19, I-20, I-28: a phone that has everything holds exactly what its rights show, as the server has it. */
async function expectScope(
  world: World,
  clear: Clear,
  scope: ReadonlyMap<string, RecordRow>,
  where: string,
): Promise<void> {
  const busy = new Set([...clear.out, ...clear.dead].map((one) => one.key))
  const held = new Set<string>()
  for (const row of clear.rec) {
    const key = keyOf(row.kind, row.id)
    held.add(key)
    if (busy.has(key)) continue
    const server = scope.get(key)
    must(server !== undefined, 'I-20', () => `${where} still holds ${key}, which its rights do not show`)
    must(
      row.rv === server.rv,
      'I-28',
      () => `${where}: ${key} is at version ${row.rv}, the server's at ${server.rv}`,
    )
    const stored = await storedOf(row)
    const [mine, theirs] = [stored.now.body, server.body].map((body) =>
      world.notary.cursorsSayNothing ? untimed(body) : body,
    )
    must(
      same(mine, theirs),
      'I-28',
      () => `${where}: ${key} differs from the server: ${differences(mine, theirs).join('; ')}`,
    )
    must(same(stored.now.losses ?? [], server.losses), 'I-28', () => `${where}: losses of ${key} differ`)
  }
  for (const key of scope.keys()) must(held.has(key), 'I-19', () => `${where} lacks ${key}`, 'lost')
}

/** What the server shows the vault that is open on a phone. */
async function scopeOn(
  world: World,
  phone: Phone,
  content: ServerContent,
): Promise<ReadonlyMap<string, RecordRow>> {
  const clear = phone.open && (await clearOf(phone.storage, phone.open.vault))
  const person = world.office.indexOf(clear?.me?.person ?? '')
  return clear && person >= 0 ? scopeOf(world, person, content, new Set(clear.cursors.keys())) : new Map()
}

/** I-5, in the middle of everything: every page shows what it has. Not asked where rows were damaged. */
export async function expectShown(world: World): Promise<void> {
  if (world.notary.hasDamage()) return
  for (const { phone, vault } of world.notary.books.values()) {
    const clear = await clearOf(phone.storage, vault)
    if (clear) await expectFolded(clear, `phone ${phone.index}`)
  }
}

/** Everything that must hold of every phone once all is quiet. */
export async function expectPhones(world: World, content: ServerContent): Promise<void> {
  for (const book of world.notary.books.values()) {
    const { phone, vault } = book
    const clear = await clearOf(phone.storage, vault)
    if (!clear) continue
    if (phone.open?.vault !== vault) continue
    const where = `phone ${phone.index}`
    await expectFolded(clear, where)
    const person = world.office.indexOf(clear.me?.person ?? '')
    const scope = scopeOf(world, person, content, new Set(clear.cursors.keys()))
    await expectScope(world, clear, scope, where)
    await expectOwnCounts(phone.open, clear, scope, where)
  }
  await expectFiles(world, content, (phone) => scopeOn(world, phone, content))
}
