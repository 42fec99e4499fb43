/** Small numbers of handing in files, each in this one place; those that phones know too are in `#domain/attachment`. */
export const UPLOAD_LIMITS = {
  /** What one phone may begin to hand in within a day: some thousand photographs. */
  bytesPerDay: 1024 * 1024 * 1024,
  /** How long a writer holds an upload without a sign of life, how often it gives one, and how long another waits for it. */
  leaseMs: 12_000,
  renewMs: 2500,
  waitMs: 4000,
  /** How long a writer that is wanted away may go on with what has already arrived. */
  drainMs: 500,
  /** Uploads that nobody touched for so long are forgotten; a phone begins them anew. */
  abandonedDays: 35,
} as const
