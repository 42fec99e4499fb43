import type { Bytes } from '../database/rows.ts'
import { trustedWorkers } from '../trusted-worker.ts'
import { argon2, type KeyCost, type KeyWish } from './argon2.ts'

/** What is made costs never less, on whatever phone (OWASP's least for Argon2id); raise it, and envelopes follow with the next unlock. */
export const KEY_FLOOR: KeyCost = { m: 19_456, t: 2 }
/** What was ever made cost at least this, so it stays when the floor is raised; and no more than a phone can be asked for by a file. */
const OLDEST_FLOOR: KeyCost = { m: 19_456, t: 2 }
export const KEY_CEILING: KeyCost = { m: 262_144, t: 8 }
const AIM_MS = 1000
const LEAST: KeyCost = { m: 64, t: 1 }
const MOST_MADE = 65_536

/** Whether a file's cost is one that this build would ever make or may be asked to pay. */
export const isFairCost = ({ m, t }: KeyCost): boolean =>
  m >= OLDEST_FLOOR.m && m <= KEY_CEILING.m && t >= OLDEST_FLOOR.t && t <= KEY_CEILING.t

/** Whether something was made for less than is asked for now. */
export const isBelow = (made: KeyCost, least: KeyCost): boolean => made.m < least.m || made.t < least.t

/** Beside the page; null where that cannot be: no workers, none of this kind, or not enough memory there. */
function besideThePage(wish: KeyWish): Promise<Bytes | null> {
  const Worker = trustedWorkers()
  if (!Worker) return Promise.resolve(null)
  return new Promise((resolve) => {
    let worker: globalThis.Worker | undefined
    const done = (key: Bytes | null) => {
      worker?.terminate()
      resolve(key)
    }
    try {
      worker = new Worker(new URL('./argon2-worker.ts', import.meta.url), { type: 'module' })
      worker.addEventListener('message', ({ data }: MessageEvent<{ key: Bytes | null }>) => done(data.key))
      worker.addEventListener('error', () => done(null))
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has no target, it is our own file
      worker.postMessage(wish)
    } catch {
      done(null)
    }
  })
}

/** Argon2id, 32 bytes. Rejects when the phone has not that much memory. */
export const keyBytes = async (wish: KeyWish): Promise<Bytes> =>
  (await besideThePage(wish)) ?? (await argon2(wish))

/**
 * A cost that takes this phone about a second, by a small trial: cost grows with memory and passes alike. Never below the floor.
 * @param mono the phone's monotonic clock, ms
 */
export async function fittingCost(mono: () => number): Promise<KeyCost> {
  const trial = { m: KEY_FLOOR.m / 4, t: 1 }
  const salt = new Uint8Array(16)
  const timed = async (cost: KeyCost) => {
    const before = mono()
    await keyBytes({ phrase: 'trial', salt, cost })
    return mono() - before
  }
  // The first brings the code, the second says what the way there costs.
  await timed(LEAST)
  const way = await timed(LEAST)
  const tried = (await timed(trial)) - way
  // A clock that saw no time pass, as browsers that hide it have, cannot say what this phone may be asked for.
  if (tried < 1) return KEY_FLOOR
  const floorMs = tried * 4 * KEY_FLOOR.t
  const m = Math.floor((KEY_FLOOR.m * AIM_MS) / floorMs / 1024) * 1024
  return { m: Math.min(MOST_MADE, Math.max(KEY_FLOOR.m, m)), t: KEY_FLOOR.t }
}

/** The key of a backup, for AES-256-GCM; it stays in WebCrypto. */
export async function passphraseKey(
  phrase: string,
  salt: Bytes,
  cost: KeyCost,
  { crypto }: { crypto: Crypto },
): Promise<CryptoKey> {
  const bytes = await keyBytes({ phrase, salt, cost })
  const key = await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt'])
  bytes.fill(0)
  return key
}
