import type { ClosedStand } from './tend.ts'

/**
 * Whether a closed vault should be tended again soon: something of it waits, nobody answered for it, or it has still to be emptied,
 * because another page or the worker had it open (TR-08).
 */
export const isUnfinished = ({
  answer,
  ops,
  files,
  order,
  gone,
}: Pick<ClosedStand, 'answer' | 'ops' | 'files' | 'order' | 'gone'>): boolean =>
  answer === null || ops + files > 0 || (order?.order === 'wipe-after-drain' && !gone)
