import { DEVICE_HEADER } from '#sync/protocol/device-header.ts'
import {
  NOW_HEADER,
  PROOF_HEADER,
  PROOF_SIGNATURE,
  proofText,
  writeProof,
  type AskedFor,
} from '#sync/protocol/device-proof.ts'

/** Which installation the requests of a page speak for. */
export interface WhoAsks {
  /**
   * 0: nobody's, because nobody has entered here, whoever else has on this browser. null: not known yet, and the session that came last
   * answers.
   */
  device: number | null
  /**
   * What they are signed with; null: this phone named no key when it entered. Rejects when it cannot be read just now: then nothing is asked.
   * Absent: nothing is signed.
   */
  key?: () => Promise<CryptoKey | null>
}

/** What a request says of itself, so that of several people on one browser nobody is taken for another (TR-09). */
export const saidBy = ({ device }: WhoAsks): Record<string, string> =>
  device === null ? {} : { [DEVICE_HEADER]: String(device) }

type Body = string | Uint8Array<ArrayBuffer>

/** A request whose body, if there is one, lies here whole. */
export type Asking = Omit<RequestInit, 'body' | 'headers'> & {
  method?: string
  headers?: Record<string, string>
  body?: Body
}

const NONCE_BYTES = 12

/** Bytes as base64url; for a few of them. */
const written = (bytes: ArrayBuffer | Uint8Array): string =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=+$/, '')

const bytesOf = (body: Body): Uint8Array<ArrayBuffer> =>
  typeof body === 'string' ? new TextEncoder().encode(body) : body

/** How far the server's clock is ahead of this one, ms: learnt when a proof was stale, so that a wrong clock shuts nobody out (TR-35). */
let ahead = 0

async function proofOf(key: CryptoKey, asked: AskedFor, body: Body | undefined): Promise<string> {
  const { subtle } = crypto
  const hash = body === undefined ? '' : written(await subtle.digest('SHA-256', bytesOf(body)))
  const nonce = written(crypto.getRandomValues(new Uint8Array(NONCE_BYTES)))
  const said = { at: Date.now() + ahead, nonce, body: hash }
  const sig = await subtle.sign(PROOF_SIGNATURE, key, new TextEncoder().encode(proofText(asked, said)))
  return writeProof({ ...said, sig: written(sig) })
}

/**
 * Asks our own server as an installation: names it, and signs where it named a key when it entered. Rejects as `fetch` does.
 * @param target path with its query
 * @param origin '' for the page's own
 */
export async function fetchAs(
  who: WhoAsks,
  target: string,
  { headers, ...asking }: Asking,
  origin = '',
): Promise<Response> {
  const { device } = who
  const key = device ? ((await who.key?.()) ?? null) : null
  const send = async (): Promise<Response> => {
    const asked = { method: asking.method ?? 'GET', target, device: device ?? 0 }
    const proof = key ? { [PROOF_HEADER]: await proofOf(key, asked, asking.body) } : {}
    return fetch(`${origin}${target}`, { ...asking, headers: { ...headers, ...saidBy(who), ...proof } })
  }
  const answer = await send()
  const now = key && answer.status === 401 ? Number(answer.headers.get(NOW_HEADER)) : 0
  if (!now) return answer
  ahead = now - Date.now()
  return send()
}
