/** SQLSTATEs after which the same work may simply be done again: serialisation failure and deadlock. */
const AGAIN = new Set(['40001', '40P01'])

/** Drizzle wraps the driver's error; the SQLSTATE is on the first in the chain of causes that has one. `undefined`: not from the database. */
export function sqlStateOf(error: unknown): string | undefined {
  for (let one = error; typeof one === 'object' && one !== null; one = (one as { cause?: unknown }).cause) {
    const code = (one as { code?: unknown }).code
    if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) return code
  }
  return undefined
}

/** The name of the constraint that a row broke, as the schema calls it: no value of anybody's. `undefined`: none did. */
export function constraintOf(error: unknown): string | undefined {
  for (let one = error; typeof one === 'object' && one !== null; one = (one as { cause?: unknown }).cause) {
    const { constraint } = one as { constraint?: unknown }
    if (typeof constraint === 'string') return constraint
  }
  return undefined
}

/** Thrown by work that found the ground changed under it (a row that appeared between look and write) and wants to start over. */
export class StartOver extends Error {}

/** Data that the database cannot hold (class 22 and 23), as against a lost connection or a full disk. */
export const isDataFault = (error: unknown): boolean => /^2[23]/.test(sqlStateOf(error) ?? '')

/** Does a whole unit of work again after a serialisation failure or deadlock, at most `tries` times, with a growing pause. */
export async function retrying<T>(work: () => Promise<T>, tries = 6): Promise<T> {
  for (let round = 1; ; round++) {
    try {
      return await work()
    } catch (error) {
      const again = error instanceof StartOver || AGAIN.has(sqlStateOf(error) ?? '')
      if (!again || round >= tries) throw error
      await new Promise((done) => setTimeout(done, 5 * 2 ** round * (0.5 + Math.random())))
    }
  }
}
