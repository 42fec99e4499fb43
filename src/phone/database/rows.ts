import type { Id } from '#domain/id.ts'

/** Bytes that WebCrypto and IndexedDB both take. */
export type Bytes = Uint8Array<ArrayBuffer>

/** Raised only together with an upgrade that a phone of any earlier version can walk. */
export const DATABASE_VERSION = 4

/**
 * A record. In clear are only its id, kind, village, the number of waiting ops and the server's version; the box holds the
 * rest (`record/stored.ts`). The id is the primary key: version-7 UUIDs sort by time, so the newest are read first.
 */
export interface RecRow {
  id: Id
  kind: string
  village: string
  pending: number
  rv: number
  box: Bytes
}

/**
 * ready: goes with the next exchange; blocked, later: as the server answered; held: the server cannot take it as it is; acked: a
 * runner without a notebook has the answer, and the next notebook applies it.
 */
export type OutState = 'ready' | 'blocked' | 'later' | 'held' | 'acked'

/** An op that waits. `n` is given in the saving transaction and is therefore not in the box; `i` binds the box. */
export interface OutRow {
  n: number
  i: Id
  /** `kind/id` of its record. */
  key: string
  state: OutState
  /** Goes before everything else; says nothing of why. */
  first?: 1
  /** The answer that waits to be applied, sealed. */
  ack?: Bytes
  /** The server's history in which the drop-box took it; what became of it is heard after the next unlock. */
  left?: string
  box: Bytes
}

/** An op the server did not accept; stays until its author decides (I-26). */
export interface DeadRow {
  n: number
  i: Id
  key: string
  box: Bytes
}

/** An op the server took, kept until a verified backup holds it (ring rule). `ackedAt` is server time, epoch ms. */
export interface RingRow {
  n: number
  i: Id
  ackedAt: number
  /** To be offered again, because the server's history is another one. */
  again?: 1
  /** The box is the one it waited in; absent: it was sealed anew, together with what its author decided. */
  moved?: 1
  box: Bytes
}

/** Up to which place of a county's ledger everything was applied here. */
export interface CursorRow {
  county: string
  cursor: number
}

export interface DraftRow {
  id: Id
  box: Bytes
}

/** Small things by name: counters in clear, everything else in a box. */
export interface MetaRow {
  name: string
  value?: number
  box?: Bytes
  holder?: string
  until?: number
}

/** One way to the vault's key: the key wrapped under what Argon2id makes of a secret. */
export interface Wrap {
  by: 'pin' | 'passphrase'
  kdf: { name: 'argon2id'; m: number; t: number; p: 1; salt: Bytes }
  /** IV and AES-256-GCM of the vault's key. */
  box: Bytes
}

/**
 * How the vault's key is kept once there is a PIN: never as it is, only wrapped. The vault's own P-256 pair is beside it, the public half
 * in clear, so that a locked phone can seal what it will read at the next unlock.
 */
export interface Envelope {
  suite: 1
  /** Random name of the vault's key. */
  id: string
  publicKey: Bytes
  /** IV and AES-256-GCM under the vault's key. */
  privateKey: Bytes
  wraps: Wrap[]
}

/**
 * What a phone hands in with while it is locked: the server's public key (an uncompressed point) and a word that opens the drop-box for
 * handing in alone. In clear: neither reads anything.
 */
export interface DoorKey {
  publicKey: Bytes
  token: string
}

/**
 * vault: the plain handle of before there was a PIN; capture: what a locked phone needs for writing lies under it; envelope; door; device:
 * what requests are signed with.
 */
export interface KeyRow {
  name: 'vault' | 'capture' | 'envelope' | 'door' | 'device'
  key?: CryptoKey
  envelope?: Envelope
  /** Ten wrong tries: nothing of this vault is opened any more. `aside`: what it was, only while unsent work is sealed under it. */
  ended?: { id: string; at: number; aside?: Envelope }
  door?: DoorKey
}

/** A last answer of the desk; the id is a hash of what was asked. */
export interface DeskRow {
  id: string
  box: Bytes
}

/** What is known of a picture, sound or paper whose bytes lie in `chunk`; `key` is that of its record. */
export interface BlobRow {
  id: Id
  key: string
  state: string
  /** Bytes of it that lie here. */
  size: number
  /** The server's history in which the drop-box took all of it. */
  left?: string
  box: Bytes
}

/** A piece of such bytes: the `at`-th of its blob. */
export interface ChunkRow {
  blob: Id
  at: number
  box: Bytes
}

/** Room that is kept free for work: given back when a save finds none. */
export interface ReserveRow {
  name: string
  bytes: Bytes
}

/** The row of every store. */
export interface Rows {
  rec: RecRow
  out: OutRow
  dead: DeadRow
  ring: RingRow
  cur: CursorRow
  draft: DraftRow
  meta: MetaRow
  key: KeyRow
  desk: DeskRow
  blob: BlobRow
  chunk: ChunkRow
  reserve: ReserveRow
}

/** The primary key of every store. */
export interface Keys {
  rec: Id
  out: number
  dead: number
  ring: number
  cur: string
  draft: Id
  meta: string
  key: string
  desk: string
  blob: Id
  chunk: [Id, number]
  reserve: string
}

/** The indexes of the stores that have any, and what they hold. A row without the field is not in its index. */
export interface Indexes {
  out: { key: string; first: number }
  dead: { key: string }
  ring: { ackedAt: number; again: number }
  blob: { key: string; state: string }
}

export type Store = keyof Rows

/** Stores by version in Dexie's words: primary key, then indexes. Nothing personal may ever be one. */
export const STORES_1 = {
  rec: 'id',
  out: 'n, key',
  dead: 'n, key',
  ring: 'n, ackedAt',
  cur: 'county',
  draft: 'id',
  meta: 'name',
  key: 'name',
  desk: 'id',
} as const

export const STORES = {
  ...STORES_1,
  out: 'n, key, first',
  ring: 'n, ackedAt, again',
  blob: 'id, key, state',
  chunk: '[blob+at]',
  reserve: 'name',
} as const satisfies Record<Store, string>

/** Names of rows in `meta`. */
export const META = {
  /** The number the next op gets. */
  next: 'n',
  /** `Me`, boxed. */
  me: 'me',
  /** Device number and former ones, boxed. */
  identity: 'identity',
  /** What a locked phone needs for writing, boxed under the key of that name. */
  writer: 'writer',
  /** Tries at the PIN that have not succeeded (`value`) and the wall time of the last (`until`), in clear. */
  tries: 'tries',
  /** When the server last spoke to this phone as to its own (`value`), and the latest moment it was looked at (`until`); wall, in clear. */
  contact: 'contact',
  /** The highest order of the office that was obeyed (`value`), and which stands (`holder`), in clear. */
  order: 'order',
  /** Somebody has signed in while the vault was locked; boxed, taken in at the next unlock. */
  entered: 'entered',
  /** What the engine knows of the server, boxed. */
  sync: 'sync',
  /** How phone and server compared, county by county, boxed. */
  agreed: 'agreed',
  /** How many answers wait to be applied that a runner without a notebook has heard. */
  acked: 'acked',
  lease: 'lease',
  /** Bytes of the reserve that was made once: what is missing of them was spent. */
  reserve: 'reserve',
  /** Who hands in files, where there are no Web Locks. */
  filesLease: 'files-lease',
  /** 1: files wait for a wireless network. */
  filesWifi: 'files-wifi',
} as const

/** The counter of paper numbers of one village and year. */
export const paperCounter = (village: string, year: string): string => `paper/${village}/${year}`
/** All of them, as a range of names. */
export const PAPER_COUNTERS = { from: 'paper/', to: 'paper/\uffff' } as const

export const keyOf = (kind: string, id: Id): string => `${kind}/${id}`
export const idOf = (key: string): Id => key.slice(key.indexOf('/') + 1)
export const kindOf = (key: string): string => key.slice(0, key.indexOf('/'))

/** Whether two boxes are the same one: each is sealed with a nonce of its own, so what was written anew is another. */
export function isSameBox(one: Bytes, other: Bytes): boolean {
  for (let at = 0; at < other.length; at++) if (one[at] !== other[at]) return false
  return one.length === other.length
}

/** The database of one vault. */
export const databaseName = (vault: string): string => `mingbai-${vault}`
