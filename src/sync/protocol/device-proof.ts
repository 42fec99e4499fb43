/**
 * What a phone shows beside its session, so that a session's cookie that fell into other hands reads nothing: a signature by the key
 * that the phone made when it entered (TR-13, TR-14). After the model of RFC 9449 (DPoP), with the body in it and without tokens.
 */

/** Header of the proof: when, a random word, the body's hash, the signature; with points between. */
export const PROOF_HEADER = 'x-mb-proof'
/** Header of the refusal of a stale proof: the server's clock, epoch ms, for a phone whose own clock is wrong (TR-35). */
export const NOW_HEADER = 'x-mb-now'
/** So far may a proof's time and the server's clock be apart, ms. Within it each proof is good once. */
export const PROOF_WINDOW_MS = 5 * 60_000

/** ECDSA over P-256 with SHA-256 (FIPS 186-5), as WebCrypto names it. */
export const PROOF_KEY = { name: 'ECDSA', namedCurve: 'P-256' } as const
export const PROOF_SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' } as const

export interface Proof {
  /** By the phone's clock, put right by what the server last said of its own; epoch ms. */
  at: number
  /** Random, base64url. */
  nonce: string
  /** SHA-256 of the body as it goes over the line, base64url; '' where there is none. */
  body: string
  /** The two numbers of 32 bytes one after the other, base64url. */
  sig: string
}

/** What is asked, as the request line says it. */
export interface AskedFor {
  method: string
  /** Path with its query. */
  target: string
  /** Number of the installation that asks. */
  device: number
}

/** The text that is signed. */
export const proofText = (
  { method, target, device }: AskedFor,
  { at, nonce, body }: Omit<Proof, 'sig'>,
): string => ['mingbai-device-1', method, target, device, at, nonce, body].join('\n')

export const writeProof = ({ at, nonce, body, sig }: Proof): string => [at, nonce, body, sig].join('.')

const FORM = /^(\d{1,15})\.([A-Za-z0-9_-]{16,44})\.([A-Za-z0-9_-]{43}|)\.([A-Za-z0-9_-]{86})$/

/** A header's text. null: it is no proof. */
export function readProof(text: string): Proof | null {
  const [, at = '', nonce = '', body = '', sig = ''] = FORM.exec(text) ?? []
  return sig === '' ? null : { at: Number(at), nonce, body, sig }
}
