import { moveVillage } from '#server/services/sync/remap.ts'
import { must } from '../oracle/violation.ts'
import type { Act } from './acts.ts'
import { NEW_CODE, VILLAGES } from './office.ts'
import { HOUR, SECOND } from './time.ts'
import type { World } from './world.ts'

/** Records of one transaction: so few that what phones hand in comes in between. */
const BATCH = 3

/** Moves what is left in the old village. @param batches at most so many */
async function move(world: World, from: string, to: string, batches: number): Promise<void> {
  for (let done = 0; done < batches; done++) {
    const moved = await moveVillage(world.store.database, from, to, world.time.now, BATCH)
    world.tell(() => `${moved} records went over from ${from} into ${to}`)
    if (moved === 0) return void world.office.emptied.set(from, world.store.ledger.cuts)
    await world.time.pause(2 * SECOND)
  }
}

/** Villages for which a phone holds new records that it has not handed in. */
function unsentFor(world: World): Set<string> {
  const all = [...world.notary.books.values()].flatMap((book) => [...book.made.values()])
  return new Set(all.filter(({ op, place }) => place === 'out' && op.b === 0).map(({ op }) => op.r))
}

/**
 * A village goes over into another, or gets a new number: the operator marks it, posts and phones follow, then its records in batches.
 * Sometimes the command is stopped on the way and done again later.
 */
export async function remap(world: World, act: Act): Promise<void> {
  if (world.isCalm) return
  const there = VILLAGES.filter((code) => !world.office.merged.has(code))
  // Where somebody's work waits, if it does anywhere: that is what it is about.
  const busy = there.filter((code) => unsentFor(world).has(code))
  const chosen = busy.length > 0 ? busy : there
  const from = chosen[Math.floor(act.a * chosen.length)]
  const others = [...there.filter((code) => code !== from), NEW_CODE]
  const to = others[Math.floor(act.b * others.length)]
  if (from === undefined || to === undefined) return
  await world.store.markRemapped(from, to)
  world.office.remap(from, to)
  world.did('remap')
  const isStopped = act.c < 0.3
  await move(world, from, to, isStopped ? 1 : Infinity)
  if (isStopped) world.time.after(act.c * 10 * HOUR, () => void move(world, from, to, Infinity))
}

/**
 * The operator looks after it: what was stopped, or put back since, is done again. In a village that was once empty nothing may be
 * found: whatever came for it belongs into the other.
 */
export async function finishRemaps(world: World): Promise<void> {
  const { merged, emptied } = world.office
  for (const [from, to] of merged)
    for (;;) {
      const moved = await moveVillage(world.store.database, from, to, world.time.now)
      if (moved === 0) break
      const isNew = emptied.get(from) === world.store.ledger.cuts
      must(!isNew, 'I-20', () => `${moved} records lie in ${from}, which has gone over into ${to}`)
    }
}
