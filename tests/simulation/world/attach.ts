import { dayOf } from '#domain/time/day.ts'
import { closingFlagsOf } from '#domain/record/kind.ts'
import type { NewAttachment } from '#domain/attachment/attachment.ts'
import type { Parent } from '#phone/attachments/api.ts'
import type { Act } from './acts.ts'
import type { Seen } from './edits.ts'
import type { Phone, Tab } from './phone.ts'
import type { World } from './world.ts'

const PARENTS: readonly string[] = ['dispute', 'meeting', 'outreach', 'service', 'lead']
const JPEG = [0xff, 0xd8, 0xff, 0xe0]
/** Two pieces as a phone keeps them, and some. */
const LARGEST = 600_000

/** Somebody takes a photograph of what belongs to a record. */
export async function attach(
  world: World,
  phone: Phone,
  tab: Tab,
  records: readonly Seen[],
  act: Act,
): Promise<void> {
  const fitting = records.filter((one) => PARENTS.includes(one.kind))
  const one = fitting[Math.floor(act.a * fitting.length)]
  if (!one) return
  const size = 40 + Math.floor(act.b ** 3 * LARGEST)
  const bytes = new Uint8Array(size)
  const dice = world.dice.of(`photograph ${act.at} ${act.a}`)
  bytes.set(JPEG)
  bytes.set(dice.bytes(32), JPEG.length)
  const parent: Parent = {
    kind: one.kind as Parent['kind'],
    id: one.id,
    region: one.region,
    flags: closingFlagsOf(one.body) as NewAttachment['flags'],
  }
  const wall = phone.watch.wall > 0 ? phone.watch.wall : 0
  const taken = { mime: 'image/jpeg', name: '', thumb: null, caption: '', seconds: null } as const
  const saved = await tab.notebook.files.add(parent, [{ ...taken, bytes, takenOn: dayOf(wall) }])
  await world.notary.look([phone])
  if (!saved.ok) return
  world.did('attach')
  if (act.c < 0.3) phone.spoils++
  if (act.c > 0.5) phone.breaks++
  world.notary.keeps(phone, tab.vault, bytes, world.time.now)
}
