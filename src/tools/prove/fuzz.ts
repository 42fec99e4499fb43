import { inATest } from './in-a-test.ts'
import type { Proven } from './proof.ts'

/** Every operation of the description, asked by everybody with requests that are right, nearly right and hostile. */
export const fuzz = ({ minutes }: { minutes: number }): Promise<Proven> => {
  const seed = Math.floor(Date.now() / 1000)
  const env = { PROVE_FUZZ_MINUTES: String(minutes), PROVE_FUZZ_SEED: String(seed) }
  return inATest('tests/integration/server/fuzz.test.ts', env, { minutes, seed })
}
