import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { accept, refuse, type Result } from '#domain/result.ts'

/** OWASP Password Storage Cheat Sheet, Argon2id: 19 MiB, two passes, one lane. */
const MEMORY_KIB = 19_456
const PASSES = 2
const TAG_BYTES = 32
/** Two hashes at once keep a small machine answering; who comes when so many wait is told to come again. */
const AT_ONCE = 2
const MAY_WAIT = 16

export interface PasswordHasher {
  /** PHC string of a password; `busy` when too many wait already. */
  hash(password: string): Promise<Result<string, 'busy'>>
  /**
   * Whether it is the password; `former`: it is, and was kept under a pepper of before. With `null` (nobody by that name) the same work is
   * done and the answer is no.
   */
  verify(stored: string | null, password: string): Promise<Result<'yes' | 'former' | 'no', 'busy'>>
}

const derive = (
  password: string,
  nonce: Buffer,
  memory: number,
  passes: number,
  pepper: Buffer,
): Promise<Buffer> =>
  new Promise((done, fail) => {
    const parameters = {
      message: Buffer.from(password, 'utf8'),
      nonce,
      parallelism: 1,
      tagLength: TAG_BYTES,
      memory,
      passes,
      secret: pepper,
    }
    argon2('argon2id', parameters, (error, tag) => (error ? fail(error) : done(tag)))
  })

/** A gate that lets `AT_ONCE` through and `MAY_WAIT` queue. */
function makeGate() {
  let running = 0
  const waiting: (() => void)[] = []
  return async <T>(work: () => Promise<T>): Promise<Result<T, 'busy'>> => {
    if (running >= AT_ONCE) {
      if (waiting.length >= MAY_WAIT) return refuse('busy')
      await new Promise<void>((go) => waiting.push(go))
    }
    running++
    try {
      return accept(await work())
    } finally {
      running--
      waiting.shift()?.()
    }
  }
}

const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=1\$([A-Za-z0-9_-]+)\$([A-Za-z0-9_-]+)$/

/** Hashes passwords under a pepper and checks them. @param before peppers it had before, for checking only */
export function makePasswordHasher(pepper: Buffer, before: readonly Buffer[] = []): PasswordHasher {
  const gate = makeGate()
  const decoy = { memory: MEMORY_KIB, passes: PASSES, nonce: randomBytes(16), tag: randomBytes(TAG_BYTES) }
  const read = (stored: string | null) => {
    const match = stored === null ? null : PHC.exec(stored)
    if (!match) return decoy
    const [, memory, passes, nonce, tag] = match
    return {
      memory: Number(memory),
      passes: Number(passes),
      nonce: Buffer.from(nonce ?? '', 'base64url'),
      tag: Buffer.from(tag ?? '', 'base64url'),
    }
  }
  return {
    hash: (password) =>
      gate(async () => {
        const nonce = randomBytes(16)
        const tag = await derive(password, nonce, MEMORY_KIB, PASSES, pepper)
        return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=1$${nonce.toString('base64url')}$${tag.toString('base64url')}`
      }),
    verify: (stored, password) =>
      gate(async () => {
        const one = read(stored)
        for (const each of [pepper, ...before]) {
          const tag = await derive(password, one.nonce, one.memory, one.passes, each)
          const isIt = tag.length === one.tag.length && timingSafeEqual(tag, one.tag)
          if (isIt) return each === pepper ? 'yes' : 'former'
        }
        return 'no'
      }),
  }
}
