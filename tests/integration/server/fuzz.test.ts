import { expect, it } from 'vitest'
import { openAccessWorld } from '#tests/support/access/world.ts'
import { openTestDatabase } from '#tests/support/databases.ts'
import { fuzz } from '#tests/support/fuzz/fuzz.ts'

const SECOND = 1000
/** Without minutes, as many as a test has time for: ten seconds of a computer that does nothing else. */
const SHORT = 400
const forMs = Number(process.env['PROVE_FUZZ_MINUTES'] ?? 0) * 60 * SECOND
const seed = Number(process.env['PROVE_FUZZ_SEED'] ?? 20_261_122)

it(
  '[TR-58] whatever is asked of any operation by whomever: no 5xx, an answer of its shape, nobody else’s words in answer or log, soon (embedded)',
  { timeout: forMs + 300 * SECOND },
  async () => {
    const database = await openTestDatabase('embedded')
    const world = await openAccessWorld(database)
    const until = performance.now() + forMs
    const enough = (requests: number) => (forMs > 0 ? performance.now() > until : requests >= SHORT)
    const { wrong, byStatus, ...figures } = await fuzz(world, { seed, enough })
    await world.close()
    await database.close()
    console.log(`PROOF ${JSON.stringify({ ...figures, seed, ...byStatus, wrong: wrong.length })}`)
    expect(wrong).toEqual([])
    expect(figures.requests).toBeGreaterThan(figures.operations * 3)
    // Right ones among them, or nothing is shown.
    expect((byStatus['200'] ?? 0) / figures.requests).toBeGreaterThan(0.1)
  },
)
