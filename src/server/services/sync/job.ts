import type { Rights } from '#domain/access/grant.ts'
import type { Id } from '#domain/id.ts'
import type { County } from '#domain/region/code.ts'
import type { Look } from '#sync/protocol/looks.ts'
import type { Ack } from '#sync/protocol/wire.ts'
import type { Incoming } from './incoming.ts'
import type { Pledge } from './proof.ts'
import type { DeviceNews, ToldOp } from '../../repositories/sync/tables.ts'

export interface Pusher {
  person: Id
  device: number
  rights: Rights
  requestId: string
  /** The phone was shut out, or its person has left: what it hands in is set aside for the office. */
  isShut?: boolean
}

/** One county's part of a push. */
export interface Batch {
  county: County
  ops: readonly Incoming[]
}

/**
 * What one phone hands in with one request. `batch` null: nothing but news of itself. `news` null: it said nothing just now, and what is
 * taken was handed in long ago.
 */
export interface Job {
  who: Pusher
  news: DeviceNews | null
  batch: Batch | null
  /** What this server once promised that phone; null: it showed nothing that can be believed. */
  pledge: Pledge | null
  /** What was looked at on that phone; absent: nothing. */
  looked?: readonly Look[]
}

export interface Pushed {
  acks: Ack[]
  /** Every op of this batch up to this number has its receipt. */
  ackFloor: number
  /** Position after it of each ledger that moved. */
  heads: ReadonlyMap<County, number>
  /** The op that speaks for all that was decided so far; null: none of these was. */
  last: LastTold | null
}

/** `isFresh`: it was decided just now, so after everything that ever was decided of this phone. */
export interface LastTold extends ToldOp {
  isFresh: boolean
}

/** `pushed` null: nothing was pushed. `ackedN`: highest number of the device that was ever given a receipt in this history. */
export type Handed =
  | { known: false }
  | { known: true; pushed: Pushed | null; epoch: string; gen: number; ringSafe: number; ackedN: number }
