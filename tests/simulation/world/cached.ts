import type { Act } from './acts.ts'
import type { Phone } from './phone.ts'
import { VILLAGES } from './office.ts'
import { MINUTE, SECOND } from './time.ts'
import type { World } from './world.ts'

/**
 * Somebody hands a phone on at a place whose cache keeps answers: the next one writes, and is given what the last one was answered, under
 * the very numbers that their own first ops have.
 * @param perform does what a person does
 */
export async function cachedFor(
  world: World,
  phone: Phone,
  act: Act,
  perform: (act: Act) => Promise<void>,
): Promise<void> {
  if (!(phone.open ?? (await phone.start()))) return
  // Of the servers there is only an older version, and the office has something new to say to this person.
  for (const index of world.servers.nodes.keys()) world.servers.age(index, world.time.now + MINUTE)
  world.office.give(phone.person, 'understander', world.office.nowOf(VILLAGES[0]))
  const write = (at: number) => perform({ ...act, at: act.at + at, kind: 'outreach' })
  await write(1)
  phone.look()
  await world.time.pause(20 * SECOND)
  await perform({ ...act, kind: 'switch-user' })
  for (const share of [act.a, act.b, act.c])
    phone.line.waiting.push({ at: act.at, kind: 'stale', on: phone.index, a: share, b: 0, c: 0 })
  for (const at of [2, 3]) await write(at)
  phone.look()
  world.did('cached-for')
}
