/** How long (ms) after showing a second factor somebody may do what cannot be undone or gives much away. */
export const FRESH_MS = 5 * 60_000

/** Whether a proof is fresh enough. @param provedAt epoch ms; null: never in this session */
export const isFresh = (provedAt: number | null, at: number): boolean =>
  provedAt !== null && at - provedAt < FRESH_MS
