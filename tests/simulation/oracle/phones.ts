import { viewOf } from '#domain/access/grant.ts'
import { offlineRights } from '#domain/access/scope.ts'
import type { Lane } from '#domain/access/lane.ts'
import type { Body } from '#domain/record/kind.ts'
import { countyOf } from '#domain/region/code.ts'
import { keyOf } from '#phone/database/rows.ts'
import type { World } from '../world/world.ts'
import type { Phone } from '../world/phone.ts'
import { expectOwnCounts } from './counts.ts'
import { expectFiles } from './files.ts'
import { expectFolded } from './folded.ts'
import { expectNothingMended } from './mended.ts'
import { clearOf, storedOf, type Clear } from './phone-content.ts'
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
    await expectNothingMended(world, book, where)
  }
  await expectFiles(world, content, (phone) => scopeOn(world, phone, content))
}
