import { inATest } from './in-a-test.ts'
import type { Proven } from './proof.ts'

/** Real phones, a real server and the operator's restore, at full length. */
export const restore = ({ pushes }: { pushes: number }): Promise<Proven> =>
  inATest('tests/integration/server/prove-restore.test.ts', { PROVE_PUSHES: String(pushes) }, { pushes })
