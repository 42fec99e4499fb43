import { makeId } from '#domain/id.ts'
import type { Op } from '#sync/protocol/op.ts'
import { PROTOCOL, type ExchangeRequest } from '#sync/protocol/wire.ts'
import { clearOf } from '../oracle/phone-content.ts'
import type { Act } from './acts.ts'
import { newOutreach } from './edits.ts'
import { CAST_SIZE } from './story.ts'
import type { Phone } from './phone.ts'
import type { World } from './world.ts'

/** Says that it was first made on somebody else's phone, as the op that phone will make next. */
function forged(world: World, act: Act, region: string, [device, n]: [number, number]): Op {
  const newId = () => makeId(world.time.now, world.dice.of(`forged ${act.at}`).bytes(10))
  const id = newId()
  const desk = {
    newId,
    today: world.office.today,
    word: () => `冒${act.at}`,
    villages: [region],
    records: [],
  }
  const a = JSON.parse(JSON.stringify(newOutreach(desk, act))) as Op['a']
  const t: Op['t'] = [world.time.now, 0, 0]
  return { i: id, n: 1, k: 'outreach.log', v: 1, e: ['outreach', id], r: region, b: 0, a, t, as: [device, n] }
}

/**
 * Somebody with an app of their own hands in work under the name of another person's phone: nothing takes effect there, and the number is
 * its owner's as before (I-30).
 * @param perform does what a person does
 */
export async function impostor(
  world: World,
  phone: Phone,
  act: Act,
  perform: (act: Act) => Promise<void>,
): Promise<void> {
  const clear = phone.open && (await clearOf(phone.storage, phone.open.vault))
  if (!clear?.identity || !clear.me || world.isCalm) return
  const owner = world.office.indexOf(clear.me.person)
  const other = (owner + 1 + Math.floor(act.a * (CAST_SIZE - 1))) % CAST_SIZE
  const region = world.office.villagesOf(other)[0]
  if (region === undefined) return
  const rig = await world.enrolRig(other)
  const op = forged(world, act, region, [clear.identity.device, clear.next])
  world.notary.forges(op, { person: world.office.rightsOf(other).person, device: rig })
  const asked: ExchangeRequest = {
    p: PROTOCOL,
    app: '0.0.0',
    dev: rig,
    epoch: null,
    scopeRev: 0,
    t: world.time.now,
    mono: 0,
    stat: { out: 1, recs: 1, oldest: 0, dead: 0, blobs: 0 },
    push: { c: region.slice(0, 6), ops: [op] },
  }
  await world.servers.deliver(rig, 'exchange', new TextEncoder().encode(JSON.stringify(asked)))
  await perform({ ...act, at: act.at + 1000, kind: 'outreach' })
  world.did('impostor')
}
