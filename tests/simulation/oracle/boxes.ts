import type { Store } from '#phone/database/rows.ts'
import { STORES } from '#phone/database/rows.ts'
import { HEAD } from '../world/platform.ts'
import type { World } from '../world/world.ts'
import { must } from './violation.ts'

const KIB = 1024
/** Lengths that a box may have: five steps, then whole sixty-fours. */
const STEPS = [256, KIB, 4 * KIB, 16 * KIB, 64 * KIB]
const isStep = (length: number): boolean => STEPS.includes(length) || length % (64 * KIB) === 0

/** I-32: how long a box is says nothing of how long the matter in it is. Asked where boxes are made as long as a phone makes them. */
export async function expectBoxes(world: World): Promise<void> {
  for (const { phone, vault } of world.notary.books.values()) {
    const tables = await phone.storage.look(vault)
    if (!tables) continue
    const stores = (Object.keys(STORES) as Store[]).filter((one) => one !== 'key')
    const rows = await tables.read(stores, async (all) => {
      const found: unknown[] = []
      for (const store of stores) found.push(...(await all[store].all()))
      return found as { box?: Uint8Array }[]
    })
    tables.close()
    for (const { box } of rows)
      must(
        box === undefined || isStep(box.length - HEAD),
        'I-32',
        () => `phone ${phone.index}: a box of ${(box?.length ?? 0) - HEAD} bytes tells how much is in it`,
      )
  }
}
