import type { ServerBox } from '#domain/privacy/id-number.ts'
import type { Id } from '#domain/id.ts'
import type { Body, Kind } from '#domain/record/kind.ts'
import type { RegionCode } from '#domain/region/code.ts'
import type { Result } from '#domain/result.ts'
import type { Day } from '#domain/time/day.ts'
import type { Me } from '#sync/protocol/wire.ts'
import type { Care, OpenConflict } from './care.ts'
import type { Edit, Live, Saved, SaveRefusal } from './edit.ts'
import type { Secret } from './seal/envelope.ts'

export type { Edit, Live, Saved, SaveRefusal } from './edit.ts'

/** The three words a mediator sees: 存好了 · 交上去了 · 要你看. */
export type SyncWord = 'saved' | 'handed-in' | 'needs-you'

/** The nine states one tap deeper (uploaded covers accepted by the server's receipt). */
export type SyncState =
  | 'draft'
  | 'queued'
  | 'uploading'
  | 'uploaded'
  | 'accepted'
  | 'returned'
  | 'conflict'
  | 'stuck'
  | 'unknown'

/** One line of a list: small enough (≤ 200 B) to keep all of them in memory. */
export interface ListRow {
  key: string
  kind: Kind
  id: Id
  region: RegionCode
  title: string
  /** Stage of a dispute or lead, form of an outreach session; '' for kinds without one. */
  stage: string
  /** The day it happened, and the moment it was written down (epoch ms). */
  on: Day
  at: number
  /** Headcount of a session, 0 otherwise; `estimated` says 约. */
  count: number
  estimated: boolean
  /** The day somebody should go and see; null when nothing is planned. */
  dueOn: Day | null
  /** Why the office returned it, '' when it did not. */
  returned: string
  word: SyncWord
  /** Ops of it that still wait. */
  pending: number
  /** A file's parent, as `kind/id`; absent for what is no file. */
  of?: string
}

/** A whole record as it stands on this phone: server state with the waiting ops on top. */
export interface Opened {
  kind: Kind
  id: Id
  region: RegionCode
  rv: number
  body: Body
  word: SyncWord
  state: SyncState
  pending: number
  /** Ops on it that the server did not accept, with what was typed. */
  refused: { n: number; code: string; op: string; args: Body }[]
  /** Fields of which two values stand against each other until somebody decides. */
  conflicts: OpenConflict[]
  /** The server says that it is not this person's any more; it is still here because of unsent or refused work (I-22). */
  isGone: boolean
  /** The server's mark behind the record's short number (`#domain/receipt.ts`), for a paper book; null: the server has not said that it has it. */
  countersign: string | null
}

export interface Draft {
  id: Id
  /** Which form: dispute, outreach, service, screening. */
  form: string
  /** What a list says of it. */
  title: string
  at: number
  values: Body
}

export interface Waiting {
  n: number
  key: string
  title: string
  kind: Kind
  at: number
  state: SyncState
  tries: number
}

export interface SyncStatus {
  /** Learned from the last answer of our own server; `unknown` until there was one. */
  link: 'up' | 'down' | 'unknown'
  /** The last answer was somebody else's: a network that wants a sign-in page of its own, or a proxy. Absent: not known. */
  elsewhere?: boolean
  running: boolean
  /** The demo's 断网 switch. */
  cut: boolean
  waiting: number
  refused: number
  /** Epoch ms; null: never. */
  oldestAt: number | null
  lastAt: number | null
  /** Sign-in is needed before anything can be handed in; nothing is lost. */
  needsLogin: boolean
  /** How far this phone's clock is off (ms), null while unknown. */
  clockOffMs: number | null
  /** The database came up empty although it should not have: number of ops that were waiting then; null when all is well. */
  vanished: number | null
  /**
   * The database is closed for good in this page, and nothing more can be saved here: a newer build has opened it in another tab
   * (load the page again), or it was removed while it was open. Absent or null: it is open.
   */
  store?: 'newer-build' | 'gone' | null
}

/** Everything a screen may ask of the phone. The only doorway besides it is `desk`, which reads online. */
export interface Notebook {
  me: Live<Me | null>
  rows: Live<readonly ListRow[]>
  open(kind: Kind, id: Id): Live<Opened | null>
  /** Saves edits together or not at all; resolves when the transaction is complete and was read back. */
  save(edits: readonly Edit[], finish?: { draft?: Id }): Promise<Result<Saved, SaveRefusal>>
  newId(): Id
  /** The next paper number for a record of a region, given in the saving transaction (`paperNo: ''` in a create asks for it). */
  drafts: {
    list: Live<readonly Draft[]>
    put(draft: Draft): Promise<Result<true, SaveRefusal>>
    get(id: Id): Promise<Draft | null>
    drop(id: Id): Promise<void>
  }
  queue: Live<readonly Waiting[]>
  status: Live<SyncStatus>
  tryNow(): Promise<void>
  setCut(cut: boolean): void
  close(): Promise<void>
}

/** What only an open vault may be asked about its PIN. */
export interface Guard {
  hasPin(): Promise<boolean>
  /** Sets the first PIN. Afterwards this page knows the vault no longer: it has to be opened anew, with the PIN. */
  set(pin: string): Promise<Result<true, string>>
  /** Tells the other pages of this browser that the vault is locked. */
  lockOthers(): void
  /** Another PIN, or a passphrase beside it; what is known counts as a try. */
  change(known: Secret, next: Secret): Promise<Result<true, string>>
}

/** What is done with numbers of people on this phone. */
export interface Numbers {
  /**
   * Seals an identity number for the server alone.
   * @param bound see `boundToParty`
   * @returns null: this phone has no key for it yet; the next exchange brings one
   */
  seal(number: string, bound: string): Promise<ServerBox | null>
  /** Notes that a whole telephone number is shown; it may be once this resolves. */
  revealed(one: Pick<Opened, 'kind' | 'id' | 'region'>): Promise<void>
}

/** The notebook with what only the entry, the repair page and the desk ask of it. */
export interface WholeNotebook extends Notebook {
  /** Signing in anew has worked: hand in what waits. */
  entered(): Promise<void>
  /** The author gives up an op that the server did not accept; what it said stays in nobody's way any more (I-26). */
  discard(n: number): Promise<Result<true, SaveRefusal>>
  /** The person has seen that something vanished: `status.vanished` is null from now on. Absent while the code is on its way. */
  seenVanished?(): void
  /** What the page 东西都在吗 asks besides. */
  care: Care
  /** The PIN of this vault. Absent while the code is on its way. */
  guard?: Guard
  /** Numbers of people. Absent while the code is on its way. */
  numbers?: Numbers
  /** The desk's last answers, sealed, shown with their as-of while there is no network. */
  deskCache: {
    /** `asOf`: epoch ms. null: never asked on this phone. */
    get(question: string): Promise<{ asOf: number; value: unknown } | null>
    put(question: string, value: unknown, asOf: number): Promise<void>
  }
}
