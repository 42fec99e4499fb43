import { createDecipheriv, createHmac } from 'node:crypto'
import {
  KEY_NAME,
  SEALED,
  sealedWords,
  SERVER_EXPORT,
  SERVER_INFO,
  THE_SERVER,
} from '#sync/protocol/sealed.ts'
import type { DropboxKey, DropboxKeys } from './dropbox-keys.ts'

/** An uncompressed point, an IV, a tag, a key. */
const ENC = 65
const IV = 12
const TAG = 16
const KEY = 32
/** KEM, KDF and AEAD of RFC 9180 §7. */
const KEM = Buffer.from([...Buffer.from('KEM'), 0, 0x10])
const HPKE = Buffer.from([...Buffer.from('HPKE'), 0, 0x10, 0, 1, 0, 2])
const NONE = Buffer.alloc(0)

const hmac = (key: Buffer, ...data: Buffer[]): Buffer => {
  const made = createHmac('sha256', key)
  for (const one of data) made.update(one)
  return made.digest()
}
const VERSION = Buffer.from('HPKE-v1')

/** LabeledExtract and LabeledExpand (RFC 9180 §4); no more than one block is asked for. */
const extract = (suite: Buffer, salt: Buffer, label: string, ikm: Buffer): Buffer =>
  hmac(salt, VERSION, suite, Buffer.from(label), ikm)
const expand = (suite: Buffer, prk: Buffer, label: string, info: Buffer): Buffer =>
  hmac(prk, Buffer.from([0, KEY]), VERSION, suite, Buffer.from(label), info, Buffer.from([1]))

/** What sender and holder of the private half export (§4.1, §5.1, §5.3), base mode. */
function exportedBy({ pair, point }: DropboxKey, enc: Buffer): Buffer {
  const prk = extract(KEM, NONE, 'eae_prk', pair.computeSecret(enc))
  const shared = expand(KEM, prk, 'shared_secret', Buffer.concat([enc, point]))
  const context = Buffer.concat([
    Buffer.from([0]),
    extract(HPKE, NONE, 'psk_id_hash', NONE),
    extract(HPKE, NONE, 'info_hash', Buffer.from(SERVER_INFO)),
  ])
  const secret = extract(HPKE, shared, 'secret', NONE)
  return expand(HPKE, expand(HPKE, secret, 'exp', context), 'sec', Buffer.from(SERVER_EXPORT))
}

function decrypt(key: Buffer, words: string, sealed: Buffer): Buffer {
  const open = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, IV))
  open.setAAD(Buffer.from(words))
  open.setAuthTag(sealed.subarray(-TAG))
  return Buffer.concat([open.update(sealed.subarray(IV, -TAG)), open.final()])
}

/** The server's wrap and the content behind all wraps; null: it has none, or is no such box. */
function partsOf(box: Buffer): { wrap: Buffer; rest: Buffer } | null {
  if (box[0] !== 0 || box[1] !== SEALED) return null
  let at = 3
  let wrap: Buffer | null = null
  for (let left = box[2] ?? 0; left > 0; left--) {
    if (at + 3 > box.length) return null
    const length = box.readUInt16BE(at + 1)
    if (box[at] === THE_SERVER) wrap = box.subarray(at + 3, at + 3 + length)
    at += 3 + length
  }
  const rest = box.subarray(at)
  return wrap?.length === KEY_NAME + ENC + IV + KEY + TAG && rest.length >= IV + 4 + TAG
    ? { wrap, rest }
    : null
}

/**
 * Opens what a phone sealed for its server.
 * @param store and @param row what it is bound to
 * @returns the content; `other-key`: sealed for a key that is not here; `damaged`: no such box, or not of this row
 */
export function openBox(
  keys: Pick<DropboxKeys, 'all'>,
  store: string,
  row: string,
  box: Buffer,
): Buffer | 'other-key' | 'damaged' {
  const parts = partsOf(box)
  if (!parts) return 'damaged'
  const { wrap, rest } = parts
  const key = keys.all.find((one) => one.name.equals(wrap.subarray(0, KEY_NAME)))
  if (!key) return 'other-key'
  const words = sealedWords(store, row)
  try {
    const enc = wrap.subarray(KEY_NAME, KEY_NAME + ENC)
    const content = decrypt(exportedBy(key, enc), words, wrap.subarray(KEY_NAME + ENC))
    const padded = decrypt(content, words, rest)
    return padded.subarray(4, 4 + padded.readUInt32BE(0))
  } catch {
    return 'damaged'
  }
}
