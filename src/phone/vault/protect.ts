import { accept, refuse, type Result } from '#domain/result.ts'
import { fittingCost } from '../backup/passphrase-key.ts'
import { META, type OutRow } from '../database/rows.ts'
import type { Context } from '../notebook/context.ts'
import { makeEnvelope, wrappedAnew, type Secret } from '../seal/envelope.ts'
import { openOp, sealOp } from '../record/op-box.ts'
import type { Sealer } from '../seal/box.ts'
import { lockedSealer, readKeys } from '../seal/vault-key.ts'
import { contactRow } from './contact.ts'
import type { PhonePorts } from '../ports.ts'
import { weakPin, type WeakPin } from './pin.ts'
import { spoken, weakSecret, type WeakSecret } from './secret.ts'
import { replaceEnvelope } from './raise-cost.ts'
import { unlockVault, type UnlockRefusal } from './unlock.ts'
import { newWriter } from './writer.ts'

/** Nothing was set. `not-entered`: nobody is enrolled. `has-pin`: there is one already. The rest: what is wrong with the PIN. */
export type ProtectRefusal = WeakPin | 'not-entered' | 'has-pin'

type Open = Pick<Context, 'tables' | 'sealer' | 'me' | 'identity' | 'sync'> & {
  ports: Pick<PhonePorts, 'crypto' | 'clock'>
}

/** Ops that wait, sealed for a vault that is about to have a PIN and for the server. */
async function sharedOps(ctx: Open, sealer: Sealer): Promise<OutRow[]> {
  const rows = await ctx.tables.read(['out'], ({ out }) => out.all())
  const anew = rows.map(async (row): Promise<OutRow | null> => {
    const op = await openOp(ctx.sealer, row).catch(() => null)
    return op && { ...row, box: await sealOp(sealer, op) }
  })
  return (await Promise.all(anew)).filter((row): row is OutRow => row !== null)
}

/**
 * Gives a vault that has none a PIN: one strict transaction puts the envelope beside the plain key. From then on nothing is written under
 * the plain key any more; what lies under it is sealed anew after the next unlock (`reseal.ts`), which whoever called has to ask for.
 * @param ctx of an open vault without a PIN
 */
export async function setPin(ctx: Open, pin: string): Promise<Result<true, ProtectRefusal>> {
  const weak = weakPin(pin)
  if (weak) return refuse(weak)
  if (!ctx.me || !ctx.identity) return refuse('not-entered')
  const { crypto, clock } = ctx.ports
  const cost = await fittingCost(() => clock.mono())
  const envelope = await makeEnvelope({ by: 'pin', words: pin }, cost, crypto)
  const { me, identity, sync } = ctx
  const { device, former } = identity
  const writer = await newWriter({ me, device, former, offset: sync.offset }, crypto)
  const { envelope: before, isEnded, door } = await readKeys(ctx.tables)
  if (before || isEnded) return refuse('has-pin')
  const waiting = door ? await sharedOps(ctx, lockedSealer(envelope, door.publicKey, crypto)) : []
  await ctx.tables.write(['key', 'meta', 'out'], 'strict', async ({ key, meta, out }) => {
    // From the first moment on, what waits can go without the PIN; what was saved in between is sealed anew after the unlock.
    const now = await out.getMany(waiting.map((row) => row.n))
    await out.putMany(waiting.filter((row, at) => now[at]?.i === row.i && now[at]?.state === row.state))
    // The fence is of the plain key: were there an envelope from another tab, nothing of this would stay.
    await key.put({ name: 'envelope', envelope })
    await key.put(writer.key)
    await meta.putMany([writer.meta, { name: META.tries, value: 0, until: 0 }, contactRow(clock.now())])
  })
  return accept(true)
}

/**
 * Another PIN, or a passphrase beside it: the vault's key is wrapped anew, and no row is touched. What is known counts as a try.
 * @returns how it went; what is refused has changed nothing
 */
export async function changeSecret(
  tables: Context['tables'],
  ports: Pick<PhonePorts, 'crypto' | 'clock'>,
  known: Secret,
  next: Secret,
): Promise<Result<true, UnlockRefusal | WeakSecret>> {
  const weak = weakSecret(next)
  if (weak) return refuse(weak)
  const opened = await unlockVault(tables, known, ports)
  if (!opened.ok) return refuse(opened.reason)
  const { envelope } = await readKeys(tables)
  const cost = await fittingCost(() => ports.clock.mono())
  const anew = envelope && (await wrappedAnew(envelope, spoken(known), spoken(next), cost, ports.crypto))
  if (!anew) return refuse('wrong')
  // Ended by another tab in between, it stays ended; changed there, what was known is not right any more.
  const isSet = await replaceEnvelope(tables, envelope, anew)
  if (isSet) return accept(true)
  return refuse((await readKeys(tables)).envelope ? 'wrong' : 'ended')
}
