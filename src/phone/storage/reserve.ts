import { storageFailure } from '../database/failures.ts'
import { META, type ReserveRow } from '../database/rows.ts'
import type { VaultTables } from '../database/tables.ts'

/** The reserve lies in pieces, so that none of them holds up a slow phone. */
const PIECE = 1024 * 1024
/** The platform gives no more random bytes at once. */
const AT_ONCE = 65_536

/** Bytes that no engine can press together; otherwise giving them back would free nothing. */
function incompressible(crypto: Pick<Crypto, 'getRandomValues'>, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at += AT_ONCE) crypto.getRandomValues(bytes.subarray(at, at + AT_ONCE))
  return bytes
}

const nameOf = (at: number): string => `piece/${at}`

/** The room that is kept free for work by taking it up. */
export interface Reserve {
  /** spent: it was given back, or there was no room to make it anew; none: this vault never had one. */
  state(): Promise<'there' | 'spent' | 'none'>
  /** Makes it, as far as there is room. @returns whether it is there now */
  stock(): Promise<boolean>
  /** Gives it back. @returns whether there was anything to give */
  spend(): Promise<boolean>
}

/** @param size bytes to keep; 0: none */
export function reserveIn(
  tables: VaultTables,
  crypto: Pick<Crypto, 'getRandomValues'>,
  size: number,
): Reserve {
  const pieces = Math.ceil(size / PIECE)
  const missing = async (): Promise<number[]> => {
    const there = new Set(await tables.read(['reserve'], ({ reserve }) => reserve.keys()))
    return Array.from({ length: pieces }, (_, at) => at).filter((at) => !there.has(nameOf(at)))
  }
  return {
    async state() {
      if ((await missing()).length === 0) return pieces === 0 ? 'none' : 'there'
      const wanted = await tables.read(['meta'], ({ meta }) => meta.get(META.reserve))
      return wanted ? 'spent' : 'none'
    },
    async stock() {
      try {
        const lacking = await missing()
        // First the word that there should be one: what is then missing was spent.
        if (lacking.length > 0)
          await tables.write(['meta'], 'relaxed', ({ meta }) => meta.put({ name: META.reserve, value: size }))
        for (const at of lacking) {
          const length = Math.min(PIECE, size - at * PIECE)
          const row: ReserveRow = { name: nameOf(at), bytes: incompressible(crypto, length) }
          await tables.write(['reserve'], 'relaxed', ({ reserve }) => reserve.put(row))
        }
        return true
      } catch (error) {
        if (storageFailure(error)) return false
        throw error
      }
    },
    async spend() {
      try {
        return await tables.write(['reserve'], 'strict', async ({ reserve }) => {
          const names = await reserve.keys()
          await reserve.deleteMany(names)
          return names.length > 0
        })
      } catch (error) {
        if (storageFailure(error)) return false
        throw error
      }
    },
  }
}
