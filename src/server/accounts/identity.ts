import type { Rights } from '#domain/access/grant.ts'
import type { Id } from '#domain/id.ts'
import type { SignedDirective } from '#sync/protocol/directive.ts'
import type { Me } from '#sync/protocol/wire.ts'
import type { FastifyRequest } from 'fastify'
import type { Dropper } from './dropper.ts'

/** Who is calling, as the session says. */
export interface Caller {
  person: Id
  /** The installation the session belongs to; null for a desk without one. */
  device: number | null
  /**
   * Every grant ever given, ended ones with their last day: an op is judged by the rights of the day it was made on, so a
   * right that ended yesterday still counts for what was written the day before.
   */
  rights: Rights
  /** Raised whenever `rights` or `me()` changes. */
  scopeRev: number
  /** A card's device that no coordinator has confirmed yet: it hands in, and sees only its own work. */
  provisional: boolean
  /** The office ordered this phone locked or emptied: it may hand in, and is given nothing. Absent: no. */
  held?: boolean
  /** What it has not yet said that it obeyed, for the next answer. Absent: nothing. */
  directives?: readonly SignedDirective[]
  /** Disputes open to this person at the desk because somebody is in danger, by their ids; never to a phone. Absent: none. */
  opened?: readonly Id[]
  /** The key of the phone's own that it named when it entered (SPKI, base64url), and signs with. Absent or null: it named none. */
  deviceKey?: string | null
  /** When the person last showed a second factor in this session, epoch ms. Absent or null: never. */
  provedAt?: number | null
  /** What a phone must know to work for months; asked for only when the phone's `scopeRev` is another. */
  me(): Promise<Me>
}

/** Implemented by accounts. */
export interface Identity {
  /** Looked up in the database. null: nobody (no session, ended, revoked, disabled). */
  identify(request: FastifyRequest): Promise<Caller | null>
  /** The same as it was at most two seconds ago, from memory: only for answers that give away nothing but numbers. */
  recent(request: FastifyRequest): Promise<Caller | null>
  /** Who hands in by the word of an installation, without a session. null: nobody. Absent: there is no drop-box. */
  dropper?(request: FastifyRequest): Promise<Dropper | null>
  /** The same for what an installation handed in before. null: there is no such installation. */
  dropperOf?(device: number): Promise<Dropper | null>
  /** What somebody who is nobody any more still has to hear, because the office ended the session of their phone. */
  farewell?(request: FastifyRequest): Promise<readonly SignedDirective[]>
}
