import type { Kind } from '#domain/record/kind.ts'
import { clearOf } from '../oracle/phone-content.ts'
import type { Act } from './acts.ts'
import type { Phone } from './phone.ts'
import { MINUTE, SECOND } from './time.ts'
import type { World } from './world.ts'

export const SOON = 20 * SECOND
/** Fields that anybody may type into, by kind. */
const FIELDS: Readonly<Record<string, string>> = { dispute: 'facts', outreach: 'note', meeting: 'notes' }

/** A record that lies on both phones, handed in and with nothing waiting on it. */
export async function sharedBy(a: Phone, b: Phone, share: number) {
  const [mine, theirs] = await Promise.all(
    [a, b].map(async (phone) => (phone.open ? await clearOf(phone.storage, phone.open.vault) : null)),
  )
  const there = new Set(theirs?.rec.filter((row) => row.rv > 0 && row.pending === 0).map((row) => row.id))
  const both = (mine?.rec ?? []).filter(
    (row) => FIELDS[row.kind] && row.rv > 0 && row.pending === 0 && there.has(row.id),
  )
  return both[Math.floor(share * both.length)]
}

/** Somebody types into a record and hands it in. */
export async function typeOn(
  world: World,
  phone: Phone,
  row: { kind: string; id: string; village: string },
  text: string,
): Promise<void> {
  const { open } = phone
  if (!open) return
  const field = FIELDS[row.kind] ?? ''
  const edits = [
    { op: 'patch', kind: row.kind as Kind, id: row.id, region: row.village, args: { [field]: text } },
  ]
  const saved = await open.notebook.save(edits)
  await world.notary.look([phone])
  world.notary.said(phone, open.vault, edits, saved)
  phone.look()
  await world.time.pause(SOON)
}

/**
 * Whether an answer of the first version, kept by a cache, can be told from a new one: not while another cache story goes on, whose
 * answers would then name nobody; nor after a history was lost, when the server's word counts whatever its version (I-35) until both
 * sides were found to hold the same.
 */
const canBeTold = (world: World): boolean =>
  !world.isCalm && !world.isCaching && world.store.ledger.cuts === 0

/**
 * A cache gives a phone once more what a server of the first version had answered it, when it has long heard of something newer; that
 * version did not say whose question it answered (I-16).
 */
export async function oldPage(world: World, phone: Phone, act: Act): Promise<void> {
  const others = world.phones.filter((one) => one !== phone && one.open)
  const other = others[Math.floor(act.b * others.length)]
  const row = other && (await sharedBy(phone, other, act.a))
  if (!other || !row || !canBeTold(world)) return
  world.isCaching = true
  for (const index of world.servers.nodes.keys()) world.servers.age(index, world.time.now + MINUTE)
  world.servers.oldWays.isSilent = true
  await typeOn(world, other, row, `前${act.at}`)
  phone.look()
  await world.time.pause(SOON)
  const { kept } = phone.line
  world.servers.oldWays.isSilent = false
  await typeOn(world, other, row, `后${act.at}`)
  phone.look()
  await world.time.pause(SOON)
  world.isCaching = false
  if (canBeTold(world)) {
    // Whoever looks first asks once more in full when nobody can make sense of the answer.
    phone.line.answerFrom(kept, [0, 0, 0])
    phone.look()
    world.did('old-page')
  }
  await world.time.pause(3 * MINUTE)
  for (const one of world.phones) one.line.forget()
}
