import type { Act } from './acts.ts'
import { SOON, sharedBy, typeOn } from './old-page.ts'
import { MINUTE, SECOND } from './time.ts'
import type { World } from './world.ts'

/** Longer than a lease holds. */
const OVERDUE = 75 * SECOND
const SLOWLY = { at: 0, kind: 'trickle', on: 0, a: 0, b: 0.99, c: 0 }

/**
 * On an old browser: one tab hears a long answer so slowly that another one takes it for dead and asks itself. What the first hears from
 * then on it writes nowhere (I-43).
 */
export async function twoRunners(world: World, act: Act): Promise<void> {
  const old = world.phones.filter((one) => !one.isModern && one.open)
  const phone = old[Math.floor(act.c * old.length)]
  const others = world.phones.filter((one) => one !== phone && one.open)
  const other = others[Math.floor(act.b * others.length)]
  const row = phone && other && (await sharedBy(phone, other, act.a))
  const first = phone?.open
  if (!first || !row || world.isCalm) return
  const second = await phone.start()
  await world.time.pause(SOON)
  await typeOn(world, other, row, `长${act.at}${'长'.repeat(1000)}`)
  // Whoever looks first hears of it slowly, too.
  phone.line.waiting.unshift(SLOWLY, SLOWLY)
  for (const wake of first.wakes) wake()
  await world.time.pause(OVERDUE)
  for (const wake of second?.wakes ?? []) wake()
  await world.time.pause(5 * MINUTE)
  world.did('two-runners')
}
