import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Op } from '#sync/protocol/op.ts'
import type { PhoneDump } from '#tests/support/phone-dump.ts'
import { ROOT } from '#tests/support/planted-tree.ts'
import type { Fingerprints } from './shape.ts'

/** An outbox as it was written: ops in order with the fingerprint each had, and the records they made. */
export interface OutboxFixture {
  ops: { op: Op; hash: string }[]
  records: Record<string, Record<string, unknown>>
}

/** A phone as it was left: its database, what the server had taken, and what the person saw. */
export interface PhoneFixture {
  device: number
  /** Wall clock, epoch ms. */
  at: number
  marks: string | null
  vault: string
  dump: PhoneDump
  taken: Op[]
  seen: {
    person: string
    titles: string[]
    waiting: { n: number; key: string }[]
    refused: number
    drafts: string[]
    bodies: Record<string, Record<string, unknown>>
  }
}

export const FOLDER = join(ROOT, 'tests/contract')

/** Everything that ever landed, oldest first: folders named by a number. */
export const LANDED: readonly number[] = globSync('[0-9]*', { cwd: FOLDER })
  .map(Number)
  .sort((a, b) => a - b)

const load = <T>(landed: number, file: string): T =>
  JSON.parse(readFileSync(join(FOLDER, String(landed), file), 'utf8')) as T

export const fingerprintsOf = (landed: number): Fingerprints => load(landed, 'fingerprints.json')
export const outboxOf = (landed: number): OutboxFixture => load(landed, 'outbox.json')
export const phoneOf = (landed: number): PhoneFixture => load(landed, 'phone.json')
