/** What people do, and how often beside each other. */
export const ACTS = [
  { kind: 'dispute', weight: 10 },
  { kind: 'dispute-with-meeting', weight: 8 },
  { kind: 'outreach', weight: 7 },
  { kind: 'lead', weight: 3 },
  { kind: 'service', weight: 2 },
  { kind: 'meeting', weight: 3 },
  { kind: 'patch', weight: 15 },
  { kind: 'patch-two', weight: 6 },
  { kind: 'form', weight: 22 },
  { kind: 'headcount', weight: 4 },
  { kind: 'flags', weight: 4 },
  { kind: 'party-add', weight: 3 },
  { kind: 'party-change', weight: 5 },
  { kind: 'party-remove', weight: 3 },
  { kind: 'step', weight: 14 },
  { kind: 'lead-step', weight: 3 },
  { kind: 'draft', weight: 2 },
  { kind: 'open', weight: 6 },
  { kind: 'close', weight: 4 },
  { kind: 'second-tab', weight: 4 },
  { kind: 'look', weight: 4 },
  { kind: 'put-away', weight: 3 },
  { kind: 'discard', weight: 2 },
  { kind: 'resend', weight: 2 },
  { kind: 'ask-office', weight: 1 },
  { kind: 'office-answers', weight: 2 },
  { kind: 'settle', weight: 5 },
  { kind: 'switch-user', weight: 2 },
  { kind: 'give-post', weight: 2 },
  { kind: 'take-post', weight: 2 },
  { kind: 'give-record', weight: 2 },
  { kind: 'take-record', weight: 1 },
  { kind: 'move', weight: 3 },
  { kind: 'server-backup', weight: 2 },
  { kind: 'update', weight: 2 },
] as const

/**
 * What happens in few worlds, with the share of those in which it does, once or twice. They have dice of their own, so that one more
 * of them changes no other world.
 */
export const SELDOM = [
  { kind: 'remap', share: 0.12 },
  { kind: 'attach', share: 0.12 },
  { kind: 'background', share: 0.25 },
  { kind: 'cached-for', share: 0.08 },
  { kind: 'report', share: 0.3 },
  { kind: 'odd-text', share: 0.05 },
  { kind: 'long-stories', share: 0.015 },
  { kind: 'old-page', share: 0.05 },
  { kind: 'behind-backs', share: 0.06 },
  { kind: 'copied-twice', share: 0.02 },
  { kind: 'impostor', share: 0.04 },
  { kind: 'new-history', share: 0.05 },
  { kind: 'two-runners', share: 0.05 },
  // A key from a passphrase costs as much as several worlds.
  { kind: 'carry-backup', share: 0.01 },
] as const

/** A phone is where no signal is, for 1 to 7 minutes. */
export type ActKind = (typeof ACTS | typeof SELDOM)[number]['kind'] | 'no-signal'

/** One thing a person does: when, on which phone, and three raw numbers in [0, 1) from which it takes whatever it needs. */
export interface Act {
  /** Ms since the beginning. */
  at: number
  kind: ActKind
  on: number
  a: number
  b: number
  c: number
}
