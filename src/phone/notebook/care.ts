import { backupOf } from '../backup/backup.ts'
import type { Care } from '../care.ts'
import type { Note } from '../notes.ts'
import { askSupervisor } from './ask-supervisor.ts'
import type { Context } from './context.ts'
import { discardRefused } from './discard.ts'
import { healthBoard, type Fullness } from './health.ts'
import { ownCounts } from './own-counts.ts'
import { refusedList } from './refused-list.ts'
import { resend } from './resend.ts'

export interface RunningCare {
  care: Care
  hears(note: Note): void
}

/**
 * What the page 东西都在吗 asks of one open vault.
 * @param inTurn what writes goes one after the other, with the saves of this tab
 */
export function careOf(
  ctx: Context,
  inTurn: <T>(work: () => Promise<T>) => Promise<T>,
  fullness: Fullness,
): RunningCare {
  const list = refusedList(ctx)
  const board = healthBoard(ctx, fullness)
  const backup = backupOf(ctx, board.refresh)
  return {
    care: {
      refused: list.refused,
      health: board.health,
      resend: (n, edits) => inTurn(() => resend(ctx, n, edits)),
      discard: (n, reason) => inTurn(() => discardRefused(ctx, n, reason)),
      askSupervisor: (n, note) => inTurn(() => askSupervisor(ctx, n, note)),
      counts: (year) => ownCounts(ctx, year),
      backup: { ...backup, take: (file, passphrase) => inTurn(() => backup.take(file, passphrase)) },
    },
    hears(note) {
      if (note.queue || note.keys) list.refresh()
      if (note.queue || note.sync || note.keys || note.me) board.refresh()
    },
  }
}
