import * as v from 'valibot'
import { accept, refuse, type Result } from '#domain/result.ts'
import { crc32, crcText } from '#sync/protocol/crc.ts'
import type { Bytes } from '../database/rows.ts'
import type { PhonePorts } from '../ports.ts'
import type { KeyCost } from './argon2.ts'
import { fittingCost, isFairCost, KEY_FLOOR, passphraseKey } from './passphrase-key.ts'

/**
 * A backup file: the word `MINGBAI`, a line feed, one line of JSON (`Head`), a line feed, and the sealed content. Everything before the
 * content is bound to it, so that nothing of it can be changed unnoticed. Nothing in clear names a person, a place or a matter.
 */
const MAGIC = 'MINGBAI\n'
const FORMAT = 1
/** Argon2id, then AES-256-GCM with a random 96-bit nonce. */
const SUITE = 1
/** The head is short; a line feed that has not come by here never will. */
const HEAD_MOST = 1000

const Whole = v.pipe(v.number(), v.integer(), v.minValue(1))
const Hex = (bytes: number) => v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`)))
const HeadSchema = v.looseObject({
  format: Whole,
  suite: Whole,
  m: Whole,
  t: Whole,
  salt: Hex(16),
  iv: Hex(12),
  /** Bytes of the sealed content and their CRC-32: a file that was cut or damaged is told from a wrong passphrase. */
  size: Whole,
  crc: Hex(4),
})
const VersionSchema = v.looseObject({ format: Whole, suite: Whole })

export type FileRefusal = 'wrong-passphrase' | 'not-a-backup' | 'newer-backup' | 'damaged'
type Crypted = Pick<PhonePorts, 'crypto' | 'clock'>

const utf8 = new TextEncoder()
const hex = (bytes: Bytes): string => Array.from(bytes, (one) => one.toString(16).padStart(2, '0')).join('')
const unhex = (text: string): Bytes =>
  Uint8Array.from(text.match(/../g) ?? [], (two) => Number.parseInt(two, 16)) as Bytes

const seal = (
  key: CryptoKey,
  iv: Bytes,
  head: string,
  content: Bytes,
  { crypto }: Crypted,
): Promise<ArrayBuffer> =>
  crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: utf8.encode(head) }, key, content)

/** What of the head the content is bound to: all but its own size and checksum, which are known only afterwards. */
const bound = (head: { m: number; t: number; salt: string; iv: string }): string =>
  [MAGIC.trim(), FORMAT, SUITE, head.m, head.t, head.salt, head.iv].join('|')

async function keyFor(
  phrase: string,
  salt: Bytes,
  ports: Crypted,
): Promise<{ key: CryptoKey; cost: KeyCost }> {
  const cost = await fittingCost(() => ports.clock.mono())
  try {
    return { key: await passphraseKey(phrase, salt, cost, ports), cost }
  } catch {
    // A phone that has not that much memory to give; the floor is what is always asked of it.
    return { key: await passphraseKey(phrase, salt, KEY_FLOOR, ports), cost: KEY_FLOOR }
  }
}

/** Seals a content under a passphrase that was checked. @param content JSON text */
export async function sealFile(content: string, phrase: string, ports: Crypted): Promise<Bytes> {
  const salt = ports.crypto.getRandomValues(new Uint8Array(16))
  const iv = ports.crypto.getRandomValues(new Uint8Array(12))
  const { key, cost } = await keyFor(phrase, salt, ports)
  const part = { ...cost, salt: hex(salt), iv: hex(iv) }
  const sealed = new Uint8Array(await seal(key, iv, bound(part), utf8.encode(content) as Bytes, ports))
  const head = { format: FORMAT, suite: SUITE, ...part, size: sealed.length, crc: crcText(crc32(sealed)) }
  const front = utf8.encode(`${MAGIC}${JSON.stringify(head)}\n`)
  const file = new Uint8Array(front.length + sealed.length)
  file.set(front)
  file.set(sealed, front.length)
  return file
}

type Head = v.InferOutput<typeof HeadSchema>

function readHead(file: Bytes): Result<{ head: Head; sealed: Bytes }, FileRefusal> {
  const end = file.indexOf(10, MAGIC.length)
  const start = new TextDecoder().decode(file.subarray(0, MAGIC.length))
  if (start !== MAGIC || end < 0 || end > HEAD_MOST) return refuse('not-a-backup')
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder().decode(file.subarray(MAGIC.length, end)))
  } catch {
    return refuse('damaged')
  }
  const version = v.safeParse(VersionSchema, json)
  if (!version.success) return refuse('damaged')
  if (version.output.format > FORMAT || version.output.suite > SUITE) return refuse('newer-backup')
  const head = v.safeParse(HeadSchema, json)
  if (!head.success || !isFairCost(head.output)) return refuse('damaged')
  const sealed = file.slice(end + 1)
  const isWhole = sealed.length === head.output.size && crcText(crc32(sealed)) === head.output.crc
  return isWhole ? accept({ head: head.output, sealed }) : refuse('damaged')
}

/** Opens what `sealFile` sealed. @returns JSON text, or why it cannot be read */
export async function openFile(
  file: Bytes,
  phrase: string,
  ports: Crypted,
): Promise<Result<string, FileRefusal>> {
  const read = readHead(file)
  if (!read.ok) return read
  const { head, sealed } = read.value
  const key = await passphraseKey(phrase, unhex(head.salt), head, ports)
  const parameters = { name: 'AES-GCM', iv: unhex(head.iv), additionalData: utf8.encode(bound(head)) }
  try {
    return accept(new TextDecoder().decode(await ports.crypto.subtle.decrypt(parameters, key, sealed)))
  } catch {
    return refuse('wrong-passphrase')
  }
}
