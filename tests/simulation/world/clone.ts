import type { Fault } from './faults.ts'
import { perform } from './people.ts'
import { Phone } from './phone.ts'
import { MINUTE } from './time.ts'
import type { World } from './world.ts'

/** A phone is copied bit by bit onto another, as some vendors' moving apps do; both are used from then on. */
export async function clone(world: World, phone: Phone, fault: Fault): Promise<boolean> {
  if (phone.device === null || world.phones.length > 6) return false
  const copy = await world.addPhone(phone)
  world.notary.copied(phone, copy)
  for (let at = 1; at <= 3; at++)
    world.time.after(at * 10 * MINUTE * fault.a, () => {
      const act = {
        at: at * 1e6 + fault.at,
        kind: 'dispute' as const,
        on: copy.index,
        a: fault.b,
        b: fault.c,
        c: fault.a,
      }
      void perform(world, act).catch(() => undefined)
    })
  return true
}
