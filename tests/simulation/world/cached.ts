import type { Act } from './acts.ts'
import type { Phone } from './phone.ts'
import { VILLAGES } from './office.ts'
import { CAST_SIZE } from './story.ts'
import { MINUTE, SECOND } from './time.ts'
import type { World } from './world.ts'

const NEWEST_FIRST = [0, 1, 2]

/** People who have never entered on this phone: their own first ops have the very numbers of each other's. */
const newcomers = (world: World, phone: Phone): number[] => {
  const books = [...world.notary.books.values()].filter((book) => book.phone === phone)
  const known = new Set(books.map((book) => world.office.indexOf(book.seen?.me?.person ?? '')))
  return Array.from({ length: CAST_SIZE }, (_, index) => index).filter((one) => !known.has(one))
}

/** Somebody takes the phone and enters on it. */
async function handTo(world: World, phone: Phone, person: number): Promise<void> {
  for (const tab of phone.tabs) await phone.close(tab)
  phone.person = person
  await world.enterAs(phone)
}

/**
 * Somebody hands a phone on at a place whose cache keeps answers, and the next one is given what the last one was answered: on entering,
 * or, under the very numbers that their own first ops have, on writing.
 * @param perform does what a person does
 */
export async function cachedFor(
  world: World,
  phone: Phone,
  act: Act,
  perform: (act: Act) => Promise<void>,
): Promise<void> {
  const write = (at: number) => perform({ ...act, at: act.at + at, kind: 'outreach' })
  const isOld = act.c < 0.75
  const isGreeted = act.c < 0.4
  const [first, second] = newcomers(world, phone)
  if (first === undefined || second === undefined || world.isCalm || world.isCaching) return
  world.isCaching = true
  await handTo(world, phone, first)
  await world.time.pause(20 * SECOND)
  // Of the servers there is only an older version; or one that says whose question it answers.
  if (isOld)
    for (const index of world.servers.nodes.keys()) world.servers.age(index, world.time.now + 2 * MINUTE)
  // The office has something new to say to this person, and its answer greets them.
  if (isGreeted) world.office.give(first, 'understander', world.office.nowOf(VILLAGES[0]))
  await write(1)
  await world.time.pause(20 * SECOND)
  const { kept } = phone.line
  const isOnEntering = isGreeted || !isOld
  if (isOnEntering) phone.line.answerFrom(kept, NEWEST_FIRST)
  await handTo(world, phone, second)
  await world.time.pause(20 * SECOND)
  if (!isOnEntering) phone.line.answerFrom(kept, NEWEST_FIRST)
  for (const at of [2, 3]) await write(at)
  phone.look()
  world.isCaching = false
  world.did('cached-for')
}
