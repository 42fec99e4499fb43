import type { Act } from './acts.ts'
import { SOON, sharedBy, typeOn } from './old-page.ts'
import type { Phone } from './phone.ts'
import { MINUTE } from './time.ts'
import type { World } from './world.ts'

/**
 * A server falls over and has lost what a phone has long fetched; whose work it was is away for a while. The phone goes back to what the
 * server says, at once (I-35).
 */
export async function newHistory(world: World, phone: Phone, act: Act): Promise<void> {
  const others = world.phones.filter((one) => one !== phone && one.open)
  const other = others[Math.floor(act.b * others.length)]
  const row = other && (await sharedBy(phone, other, act.a))
  if (!other || !row || world.isCalm || !(await world.store.copy('failover'))) return
  const copiedAt = world.time.now
  await typeOn(world, other, row, `丢${act.at}`)
  phone.look()
  await world.time.pause(SOON)
  other.line.offlineUntil = world.time.now + 10 * MINUTE
  await world.putBack('failover', copiedAt)
  await world.time.pause(SOON)
  await world.repairs.during(phone.index, async () => {
    phone.look()
    await world.time.pause(MINUTE)
  })
  other.line.offlineUntil = 0
  other.reached()
  world.did('new-history')
}
