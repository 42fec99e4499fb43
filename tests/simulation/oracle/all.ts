import type { World } from '../world/world.ts'
import { expectBoxes } from './boxes.ts'
import { expectRecount } from './counts.ts'
import { expectDated } from './dated.ts'
import { expectDoors } from './doors.ts'
import { byHash, expectFates, expectOrder, expectOwnNames } from './fates.ts'
import { expectOpenLosses } from './open-losses.ts'
import { expectOrderFree } from './order-free.ts'
import { expectOneVault } from './one-vault.ts'
import { expectPhones } from './phones.ts'
import { expectReports } from '../world/reports.ts'
import { expectAllowed } from './rights.ts'
import { expectReplay, takenOps } from './replay.ts'
import { expectDigest, expectNoHole, expectPlaced, expectRollup } from './sums.ts'
import { expectValues } from './values.ts'

/** Everything that must hold once all is quiet. */
export async function expectAll(world: World): Promise<void> {
  const content = await world.store.content()
  const { decisions } = world.store.ledger
  expectFates(world.notary, decisions)
  expectOneVault(world.notary)
  expectOrder(world.notary, decisions)
  expectOwnNames(world.notary, decisions, world.office)
  const taken = takenOps(decisions, byHash(world.notary))
  const states = expectReplay(content, taken, (village) => world.office.nowOf(village))
  expectOrderFree(taken)
  expectDated(content, taken)
  expectAllowed(world.office, taken)
  expectValues(content, taken, world.store.ledger.everMade)
  expectOpenLosses(content, taken)
  expectRollup(content)
  expectRecount(content, states)
  expectDigest(content)
  expectPlaced(content)
  await expectReports(world)
  expectNoHole(content, world.store.ledger)
  expectDoors(content)
  if (world.isPadding) await expectBoxes(world)
  await expectPhones(world, content)
}
