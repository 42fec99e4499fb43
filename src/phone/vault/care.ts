import type { Guard } from '../api.ts'
import type { Context } from '../notebook/context.ts'
import type { Note } from '../notes.ts'
import type { DoorKey } from '../database/rows.ts'
import { keyName } from '../seal/sealed-box.ts'
import { readKeys } from '../seal/vault-key.ts'
import { boxesOf } from './closed.ts'
import { keepDoor, readDoor } from './door.ts'
import { dropOff } from './drop-off.ts'
import { obey, standingOrder } from './orders.ts'
import { changeSecret, setPin } from './protect.ts'
import { resealAll } from './reseal.ts'
import { shareWaiting } from './share.ts'
import { keepWriter } from './writer.ts'

/** So much of a clock's error is not worth writing down anew, ms. */
const CLOCK_STEP_MS = 60_000

/** What an open notebook does for its vault: the PIN, what is left under the plain key, and what a locked phone will know. */
export function vaultCare(
  ctx: Context,
  inTurn: <T>(work: () => Promise<T>) => Promise<T>,
  lockedElsewhere: () => void = () => undefined,
): { guard: Guard; hears(note: Note, own: boolean): void; signedOut(): void; stop(): void } {
  const life = { stopped: false }
  const isOpen = typeof ctx.sealer.envelope === 'string'
  let kept = ''
  let door: DoorKey | null = null
  /** Asks what to seal for; the first time, and again with every start, because the server may have another key. */
  const keepDoorUp = async (): Promise<void> => {
    const { tables, sealer, me } = ctx
    const { drop, crypto } = ctx.ports
    door ??= await readDoor(tables)
    const found = drop && me ? await drop.door(door?.token ?? '') : null
    if (found) door = await keepDoor(tables, found, crypto)
    if (door) sealer.reach?.(door.publicKey)
  }
  const keepWriterUp = async (): Promise<void> => {
    const { me, identity, sync } = ctx
    if (!isOpen || !me || !identity) return
    const { device, former } = identity
    const now = JSON.stringify([me, device, former, Math.round(sync.offset / CLOCK_STEP_MS)])
    if (now === kept) return
    kept = now
    await keepWriter(ctx.tables, { me, device, former, offset: sync.offset }, ctx.ports.crypto)
  }
  const pause = (): Promise<boolean> =>
    new Promise((go) => ctx.ports.idle(() => go(!life.stopped && ctx.lost === null)))
  const begin = async (): Promise<void> => {
    if (isOpen) await keepWriterUp()
    if (!(await pause())) return
    await keepDoorUp()
    if (!isOpen) return
    await resealAll(ctx.tables, ctx.sealer, pause)
    if (door)
      await shareWaiting(ctx.tables, ctx.sealer, await keyName(ctx.ports.crypto, door.publicKey), pause)
  }
  let dropping: Promise<unknown> | null = null
  /** Without a session work goes by the drop-box, and what the office has to say comes back by it. */
  const dropNow = async (): Promise<void> => {
    const { tables, sealer, identity, me } = ctx
    const { drop, crypto, clock, app } = ctx.ports
    if (!drop || !identity) return
    const { answer } = await dropOff(tables, { crypto, clock, app, drop }, boxesOf(tables, sealer, crypto))
    await heed(answer?.directives ?? [], { device: identity.device, keys: me?.orderKeys ?? [] })
  }
  const heed = async (directives: readonly unknown[], here: { device: number; keys: readonly string[] }) => {
    await obey(ctx.tables, directives, here, ctx.ports.crypto)
    // The worker may have heard the same order first: what counts is whether one stands.
    if ((await standingOrder(ctx.tables)) === null) return
    ctx.notes.tell({ locked: true })
    lockedElsewhere()
  }
  // What is not done now is done after the next unlock.
  void begin().catch(() => undefined)
  return {
    guard: {
      hasPin: async () => (await readKeys(ctx.tables)).envelope !== null,
      set: (pin) => inTurn(() => setPin(ctx, pin)),
      lockOthers: () => ctx.notes.tell({ locked: true }),
      change: (known, next) => inTurn(() => changeSecret(ctx.tables, ctx.ports, known, next)),
    },
    hears(note, own) {
      if (note.orders && own && ctx.identity)
        void heed(note.orders, { device: ctx.identity.device, keys: ctx.me?.orderKeys ?? [] }).catch(
          () => undefined,
        )
      if (note.locked && !own) lockedElsewhere()
      if (note.me || note.sync) void keepWriterUp().catch(() => undefined)
    },
    signedOut() {
      dropping ??= dropNow()
        .catch(() => undefined)
        .finally(() => (dropping = null))
    },
    stop: () => void (life.stopped = true),
  }
}
