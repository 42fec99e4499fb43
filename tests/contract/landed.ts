import { existsSync, globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gunzipSync } from 'node:zlib'
import type { Op } from '#sync/protocol/op.ts'
import type { ExchangeRequest } from '#sync/protocol/wire.ts'
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

/** A phone with a PIN, as it was left: its database, its PIN, and what waited. */
export interface LockedFixture extends Pick<PhoneFixture, 'device' | 'at' | 'marks' | 'vault' | 'dump'> {
  pin: string
  seen: { titles: string[]; ops: [number, string][] }
}

/** What the phones and the server of a landing said to each other, in order; `devices` are the phones' numbers and their people. */
export interface TrafficFixture {
  devices: { device: number; person: string }[]
  exchanges: {
    /** The server's clock, epoch ms. */ at: number
    status: number
    request: ExchangeRequest
    answer: string
  }[]
}

/** A landing's own code, as if it were today's: its shapes differ where the contract has grown since. */
export type Build = typeof import('#tests/support/whole-phone.ts')

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
export const trafficOf = (landed: number): TrafficFixture => load(landed, 'traffic.json')

/** Landings of which a phone with a PIN was kept. */
export const LANDED_LOCKED = LANDED.filter((landed) =>
  existsSync(join(FOLDER, String(landed), 'locked.json')),
)
export const lockedOf = (landed: number): LockedFixture => load(landed, 'locked.json')

const buildFile = (landed: number): string => join(FOLDER, String(landed), 'build.mjs.gz')

/** Landings whose own code and traffic were kept. */
export const LANDED_BUILDS = LANDED.filter((landed) => existsSync(buildFile(landed)))

/** Loads the phone of a landing as it ran in the field. */
export async function buildOf(landed: number): Promise<Build> {
  const cache = join(ROOT, 'node_modules/.cache/mingbai')
  const file = join(cache, `landing-${landed}.mjs`)
  mkdirSync(cache, { recursive: true })
  // Written aside and renamed, because several test files may be unpacking it at once.
  writeFileSync(`${file}.${process.pid}`, gunzipSync(readFileSync(buildFile(landed))))
  renameSync(`${file}.${process.pid}`, file)
  const url = pathToFileURL(file).href
  return (await import(/* @vite-ignore */ url)) as Build
}
