import type { RefusedDecision } from '#domain/desk/refused.ts'
import type { Id } from '#domain/id.ts'
import type { Body, Kind } from '#domain/record/kind.ts'
import type { Result } from '#domain/result.ts'
import type { Edit, Live, Saved, SaveRefusal } from './edit.ts'

/** What the office said of a refused op: it goes back to its author with a word, or is only taken note of. */
export interface OfficeAnswer {
  decision: RefusedDecision
  text: string
  /** Epoch ms by the server's clock. */
  at: number
}

/** An op the server did not accept, with what was typed; it stays until its author decides (I-26). */
export interface RefusedOp {
  n: number
  /** `kind/id` of its record, and what a list calls it. */
  key: string
  kind: Kind
  id: Id
  title: string
  /** Why, as a reason code; each has one sentence in `app/text`. */
  code: string
  op: string
  args: Body
  /** When it was made (epoch ms by this phone's clock). */
  at: number
  /** Asked a supervisor to look at it (epoch ms); null: not asked. */
  askedAt: number | null
  /** What the office said of it; null: nothing yet. */
  answer: OfficeAnswer | null
}

/** Two values of one field, typed without sight of each other; the record shows `kept` until somebody decides. */
export interface OpenConflict {
  field: string
  /** Version at which the other value lost: what settles the matter names it. */
  rv: number
  lost: unknown
  kept: unknown
  /** Whether the lost value was typed on this phone. */
  mine: boolean
  /** When the lost value was typed (epoch ms). */
  at: number
}

/** Why a backup could not be read or made. */
export type BackupRefusal =
  | 'wrong-passphrase'
  | 'weak-passphrase'
  | 'not-a-backup'
  | 'newer-backup'
  | 'damaged'
  | 'other-person'
  | SaveRefusal

export interface BackupFile {
  name: string
  blob: Blob
  /** What is in it. */
  ops: number
  drafts: number
}

export interface BackupSummary {
  /** When it was made (epoch ms by the clock of the phone that made it). */
  madeAt: number
  ops: number
  drafts: number
}

/** Whether phone and server hold the same: `match` after the last whole exchange, `differs` while it is repaired, `unknown` before. */
export type Agreement = 'match' | 'differs' | 'unknown'

/** How full this phone is for work: plenty; low: photos are refused, content yields; full: new records no longer fit. */
export type Room = 'plenty' | 'low' | 'full'

export interface Health {
  agreement: Agreement
  /** Everything is handed in and phone and server agree: only then the screen says 都交上去了 for all (L-18). */
  allHandedIn: boolean
  room: Room
  /** Bytes this phone keeps for work; null while unknown. */
  workBytes: number | null
  /** Pictures, sounds and papers whose bytes still wait, and how many bytes. */
  blobs: number
  blobBytes: number
  /** Ops the server cannot take as they are, or of a newer build: they wait for an update. */
  held: number
  /** Epoch ms of the last backup file made here; null: never. */
  backupAt: number | null
  /** Acknowledged ops still kept until the server's own backup holds them. */
  ring: number
}

/**
 * One number of one's own work, told apart: how much of it the server has, what still waits (less than nothing when a correction takes
 * something back), and what was not accepted.
 */
export interface OwnCount {
  /** A metric of `seeds/metrics`: disputes, outreach, attendances … */
  metric: string
  confirmed: number
  waiting: number
  notAccepted: number
}

/** What the page 东西都在吗 and the pages of a record ask of the phone besides the notebook. */
export interface Care {
  refused: Live<readonly RefusedOp[]>
  health: Live<Health>
  /** Saves edits in place of a refused op, which they supersede; together or not at all. */
  resend(n: number, edits: readonly Edit[]): Promise<Result<Saved, SaveRefusal>>
  /** Gives a refused op up, with those that hang on it. @param reason one line, kept with the op and handed in */
  discard(n: number, reason: string): Promise<Result<true, SaveRefusal>>
  /** Asks a supervisor to look at it; the op stays. @param note what the author wants to say, may be empty */
  askSupervisor(n: number, note: string): Promise<Result<true, SaveRefusal>>
  /** One's own work in a year (four digits), each number with what is confirmed, waiting and not accepted (I-40). */
  counts(year: string): Promise<readonly OwnCount[]>
  backup: {
    make(passphrase: string): Promise<Result<BackupFile, BackupRefusal>>
    inspect(file: Blob, passphrase: string): Promise<Result<BackupSummary, BackupRefusal>>
    /** Takes what this phone does not have yet. `already`: what was here or had been taken before. */
    take(file: Blob, passphrase: string): Promise<Result<{ ops: number; already: number }, BackupRefusal>>
  }
}
