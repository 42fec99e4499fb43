import { createHash } from 'node:crypto'
import type { Entry, Head } from '../../repositories/audit-chain.ts'

/**
 * What is wrong at a place: the entry there is not what was written (`changed`); none is there, though others follow or did follow
 * (`missing`, `cut`); it does not follow the one before (`displaced`); there are more than were ever written (`added`); or what is
 * kept of the end is not the end (`head`).
 */
export type Fault = 'changed' | 'missing' | 'cut' | 'displaced' | 'added' | 'head'

/** The first place of a chain that is not as it was written. */
export interface Break {
  chain: number
  place: number
  /** The number of the entry that stands there; null: none does. */
  seq: number | null
  fault: Fault
}

const SUITE = 'mb-audit/1/sha256'

const measured = (value: string | null): string =>
  value === null ? '-' : `${Buffer.byteLength(value)}:${value}`

/** The hash that an entry must have behind the one before it (hexadecimal; '' before the first). */
export const hashOf = ({ chain, place, seq, values }: Entry, before: string): string =>
  createHash('sha256')
    .update([SUITE, `${chain}`, `${place}`, `${seq}`, ...values].map(measured).join(''))
    .update(Buffer.from(before, 'hex'))
    .digest('hex')

interface Walked {
  place: number
  seq: number
  hash: string
  broken: boolean
}

/** Walks through a log and finds the first break of each chain. Entries come by chain and place. */
export class Walk {
  readonly #heads: ReadonlyMap<number, Head>
  readonly #walked = new Map<number, Walked>()
  readonly #breaks: Break[] = []
  entries = 0

  constructor(heads: readonly Head[]) {
    this.#heads = new Map(heads.map((one) => [one.chain, one]))
  }

  #faultOf(entry: Entry, before: Walked): Fault | null {
    if (entry.place !== before.place + 1) return entry.place > before.place + 1 ? 'missing' : 'added'
    if (hashOf(entry, entry.prev) !== entry.hash) return 'changed'
    return entry.prev === before.hash ? null : 'displaced'
  }

  take(entry: Entry): void {
    this.entries++
    const { chain, place, seq, hash } = entry
    const before = this.#walked.get(chain) ?? { place: 0, seq: 0, hash: '', broken: false }
    const fault = before.broken ? null : this.#faultOf(entry, before)
    if (fault === 'missing') this.#breaks.push({ chain, place: before.place + 1, seq: null, fault })
    else if (fault !== null) this.#breaks.push({ chain, place, seq, fault })
    this.#walked.set(chain, { place, seq, hash, broken: before.broken || fault !== null })
  }

  #endOf(chain: number): Break | null {
    const head = this.#heads.get(chain)
    const last = this.#walked.get(chain) ?? { place: 0, seq: 0, hash: '', broken: false }
    if (last.broken) return null
    if (!head) return { chain, place: 1, seq: null, fault: 'head' }
    if (head.place > last.place) return { chain, place: last.place + 1, seq: null, fault: 'cut' }
    if (head.place < last.place) return { chain, place: head.place + 1, seq: null, fault: 'added' }
    const fits = head.hash === last.hash && head.seq === last.seq
    return fits ? null : { chain, place: last.place, seq: last.seq, fault: 'head' }
  }

  /** @returns the first break of each chain, by chain; none: the log is whole */
  end(): Break[] {
    const chains = new Set([...this.#heads.keys(), ...this.#walked.keys()])
    const ends = [...chains].map((chain) => this.#endOf(chain)).filter((one) => one !== null)
    return [...this.#breaks, ...ends].sort((a, b) => a.chain - b.chain)
  }

  get chains(): number {
    return this.#walked.size
  }
}

const SAID: Readonly<Record<Fault, string>> = {
  changed: 'is not what was written',
  missing: 'is gone, and others come after it',
  cut: 'is gone, and all after it',
  displaced: 'does not follow the one before it',
  added: 'was never written by this server',
  head: 'is not the end that was kept apart from the log',
}

/** A break as a sentence: places and numbers only, no value of the entry. */
export const sayBreak = ({ chain, place, seq, fault }: Break): string =>
  `chain ${chain}, place ${place}${seq === null ? '' : ` (entry ${seq})`}: the entry ${SAID[fault]}`

/** The end of a whole log at a moment: the number of its last entry, and one hash over the ends of all chains then (hexadecimal). */
export interface LogHead {
  seq: number
  hash: string
}

/** @param ends the last entry of every chain, by chain */
export const headOver = (seq: number, ends: readonly Pick<Head, 'chain' | 'place' | 'hash'>[]): LogHead => ({
  seq,
  hash: createHash('sha256')
    .update(ends.map((one) => `${one.chain} ${one.place} ${one.hash}\n`).join(''))
    .digest('hex'),
})

/** Digits of a noted hash that are enough to compare. */
const ENOUGH = 16

export const writtenHead = ({ seq, hash }: LogHead): string => `${seq}:${hash}`

/**
 * Reads a head out of a paper book: `N:hash`, of the hash at least its first sixteen digits; blanks do not count.
 * @returns null when it is none
 */
export function readHead(text: string): LogHead | null {
  const [, seq = '', hash = ''] =
    /^(\d{1,15}):([0-9a-f]+)$/.exec(text.replaceAll(/\s/g, '').toLowerCase()) ?? []
  return seq !== '' && hash.length >= ENOUGH && hash.length <= 64 ? { seq: Number(seq), hash } : null
}
