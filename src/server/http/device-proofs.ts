import { createHash, verify, type Hash, type KeyObject } from 'node:crypto'
import { Transform, type Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { PROOF_HEADER, PROOF_WINDOW_MS, proofText, readProof } from '#sync/protocol/device-proof.ts'
import { deviceKeyOf } from '../accounts/device-key.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The hash that the proof names of a body, and the body's own as far as it has come; null: nothing was proved. */
    provedBody: { wanted: string; own: Hash } | null
  }
}

/** Most keys that are kept ready. */
const KEYS = 20_000

/** Keys as the platform wants them, made once. */
function keyRing(): (spki: string) => KeyObject | null {
  const ready = new Map<string, KeyObject | null>()
  return (spki) => {
    const known = ready.get(spki)
    if (known !== undefined) return known
    const made = deviceKeyOf(spki)
    if (ready.size >= KEYS) ready.clear()
    ready.set(spki, made)
    return made
  }
}

/**
 * Words that came within the window. Two lots, of which the older goes when the newer is as old as a proof may become: none is forgotten
 * while it could come again. Each server keeps its own.
 */
function words(): { isNew(word: string, now: number): boolean } {
  let [newer, older] = [new Set<string>(), new Set<string>()]
  let since = 0
  return {
    isNew(word, now) {
      if (Math.abs(now - since) > 2 * PROOF_WINDOW_MS) {
        older = newer
        newer = new Set()
        since = now
      }
      if (newer.has(word) || older.has(word)) return false
      newer.add(word)
      return true
    },
  }
}

/**
 * good: from the phone that holds the key. stale: signed by it, but not now or not for the first time, as by a wrong clock or a browser that
 * sends once more what got no answer. wrong: not signed by it.
 */
export type Proved = 'good' | 'stale' | 'wrong'

export interface DeviceProofs {
  /**
   * Judges the signature over this very request. What the body holds is compared when it has come, by `isWhole`.
   * @param spki the key that the phone named when it entered, SPKI, base64url
   */
  judge(request: FastifyRequest, device: number, spki: string): Proved
}

/** @param clock epoch ms */
export function makeDeviceProofs(clock: () => number): DeviceProofs {
  const keyOf = keyRing()
  const seen = words()
  return {
    judge(request, device, spki) {
      const header = request.headers[PROOF_HEADER]
      const proof = typeof header === 'string' ? readProof(header) : null
      const key = keyOf(spki)
      const now = clock()
      if (!proof || !key) return 'wrong'
      const text = proofText({ method: request.method, target: request.url, device }, proof)
      const by = { key, dsaEncoding: 'ieee-p1363' as const }
      if (!verify('sha256', Buffer.from(text), by, Buffer.from(proof.sig, 'base64url'))) return 'wrong'
      if (Math.abs(now - proof.at) > PROOF_WINDOW_MS || !seen.isNew(`${device} ${proof.nonce}`, now))
        return 'stale'
      request.provedBody = { wanted: proof.body, own: createHash('sha256') }
      return 'good'
    },
  }
}

/** Hashes bodies of which something was proved, as they come over the line: to be put before what unpacks them. */
export function hashBodies(app: FastifyInstance): void {
  app.addHook('preParsing', async (request, _reply, payload) => {
    const { provedBody } = request
    if (provedBody === null) return payload
    const through = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        provedBody.own.update(chunk)
        done(null, chunk)
      },
    })
    const from = payload as unknown as Readable
    from.on('error', (error) => through.destroy(error))
    return from.pipe(through)
  })
}

const EMPTY = createHash('sha256').digest('base64url')

/** Whether the body that came is the one that was proved; true where nothing was. */
export function isWhole({ provedBody }: FastifyRequest): boolean {
  if (provedBody === null) return true
  const own = provedBody.own.digest('base64url')
  return own === provedBody.wanted || (provedBody.wanted === '' && own === EMPTY)
}
