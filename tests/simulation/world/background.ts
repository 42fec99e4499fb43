import { handInWaiting } from '#phone/hand-in.ts'
import type { Act } from './acts.ts'
import type { Phone } from './phone.ts'
import { Life } from './tab.ts'
import { MINUTE } from './time.ts'
import type { World } from './world.ts'

/** So many calls of the platform are about one handing in. */
const CALLS = 160

/** A browser that has nothing to do at the moment, and takes a while to wake its worker. */
const aWhile = (share: number): number => Math.round(share * share * 3 * MINUTE)

/** A worker of this browser hands in what waits in a vault; it may be killed at any call. */
async function handIn(world: World, phone: Phone, vault: string, act: Act): Promise<void> {
  const life = new Life()
  if (!world.isCalm && act.c < 0.4) life.diesAt = 1 + Math.floor((act.c / 0.4) * CALLS)
  const ports = phone.ports(life, { visible: false, wakes: new Set() })
  try {
    await life.within(() => handInWaiting(vault, { ...ports, openTables: (one) => ports.peekTables(one) }))
    world.did('hand-in')
  } catch (error) {
    // A store that fails says so, and the browser calls again when it likes.
    if (!life.isOver && !(error instanceof DOMException)) throw error
  } finally {
    phone.locks.free(life)
    life.die()
  }
}

/**
 * The browser lets the worker hand in without a page: after the last one was closed, or beside one that is open. The push half of the
 * engine is the one of a page.
 */
export async function background(world: World, phone: Phone, act: Act): Promise<void> {
  const vaults = [...phone.disk.commits.keys()]
  const vault = phone.open?.vault ?? vaults[Math.floor(act.a * vaults.length)]
  if (vault === undefined) return
  if (act.b < 0.7) phone.killAll()
  await world.time.pause(aWhile(act.a))
  await handIn(world, phone, vault, act)
}
