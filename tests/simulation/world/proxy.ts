import type { Dice } from './random.ts'
import type { Reply } from './network.ts'

/** The longest request that a narrow one lets through, unless it is about a single op. */
const LONGEST = 2500
const TOO_LARGE: Reply = {
  status: 413,
  retryAfter: null,
  contentType: 'text/html',
  bytes: new TextEncoder().encode('<html><body>413</body></html>'),
}

const opsIn = (body: Uint8Array): number =>
  (JSON.parse(new TextDecoder().decode(body)) as { push?: { ops: unknown[] } }).push?.ops.length ?? 0

/** Something between all phones and the servers, set up by somebody else, for as long as the world lasts. */
export class Proxy {
  readonly isNarrow: boolean

  constructor(dice: Dice) {
    this.isNarrow = dice.chance(0.05)
  }

  /** What it answers itself; null: it hands the request on. */
  refuses(body: Uint8Array): Reply | null {
    return this.isNarrow && body.length > LONGEST && opsIn(body) > 1 ? TOO_LARGE : null
  }
}
