import type { Guard } from '../api.ts'
import type { Context } from '../notebook/context.ts'
import type { Note } from '../notes.ts'
import { readKeys } from '../seal/vault-key.ts'
import { changeSecret, setPin } from './protect.ts'
import { resealAll } from './reseal.ts'
import { keepWriter } from './writer.ts'

/** So much of a clock's error is not worth writing down anew, ms. */
const CLOCK_STEP_MS = 60_000

/** What an open notebook does for its vault: the PIN, what is left under the plain key, and what a locked phone will know. */
export function vaultCare(
  ctx: Context,
  inTurn: <T>(work: () => Promise<T>) => Promise<T>,
  lockedElsewhere: () => void = () => undefined,
): { guard: Guard; hears(note: Note, own: boolean): void; stop(): void } {
  const life = { stopped: false }
  const isOpen = typeof ctx.sealer.envelope === 'string'
  let kept = ''
  const keepWriterUp = async (): Promise<void> => {
    const { me, identity, sync } = ctx
    if (!isOpen || !me || !identity) return
    const now = JSON.stringify([me, identity.device, Math.round(sync.offset / CLOCK_STEP_MS)])
    if (now === kept) return
    kept = now
    await keepWriter(ctx.tables, { me, device: identity.device, offset: sync.offset }, ctx.ports.crypto)
  }
  const pause = (): Promise<boolean> =>
    new Promise((go) => ctx.ports.idle(() => go(!life.stopped && ctx.lost === null)))
  const begin = async (): Promise<void> => {
    if (!isOpen) return
    await keepWriterUp()
    await pause()
    await resealAll(ctx.tables, ctx.sealer, pause)
  }
  // What is not done now is done after the next unlock.
  void begin().catch(() => undefined)
  return {
    guard: {
      hasPin: async () => (await readKeys(ctx.tables)).envelope !== null,
      set: (pin) => inTurn(() => setPin(ctx, pin)),
      lockOthers: () => ctx.notes.tell({ locked: true }),
      change: (known, next) =>
        inTurn(() => changeSecret(ctx.tables, ctx.ports, known, { by: 'pin', words: next })),
    },
    hears(note, own) {
      if (note.locked && !own) lockedElsewhere()
      if (note.me || note.sync) void keepWriterUp().catch(() => undefined)
    },
    stop: () => void (life.stopped = true),
  }
}
