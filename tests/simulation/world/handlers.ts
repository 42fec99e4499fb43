import { makeCounters } from '#server/services/counters.ts'
import { exchange, type Asked } from '#server/services/sync/exchange.ts'
import { openSync } from '#server/services/sync/open-sync.ts'
import type { Reply } from './network.ts'
import type { Build } from './servers.ts'
import type { Time } from './time.ts'

const utf8 = new TextEncoder()
/** What servers sign their promises with. */
export const SECRET = 'a secret of this simulated county'

/** As the routes answer; a session of one phone opens nothing for another. */
const answered = (
  status: number,
  bytes: Uint8Array,
  contentType = 'application/json; charset=utf-8',
): Reply => ({
  status,
  retryAfter: null,
  contentType,
  bytes,
})
const json = (status: number, value: unknown): Reply => answered(status, utf8.encode(JSON.stringify(value)))
const OTHER_DEVICE = json(403, { reason: 'other-device', sentence: '' })

/** The real handlers of one server process. */
export const realHandlers =
  (time: Time): Build =>
  (database) => {
    const clock = () => time.now
    const deps = openSync(database, {
      clock,
      stopwatch: clock,
      counters: makeCounters(),
      secret: SECRET,
    })
    return {
      async exchange(caller, body, requestId) {
        const asked = JSON.parse(new TextDecoder().decode(body)) as Asked & { dev: number }
        if (asked.dev !== caller.device) return OTHER_DEVICE
        const answer = await exchange(deps, caller, asked, requestId)
        return answer === null
          ? OTHER_DEVICE
          : answered(200, new Uint8Array(answer), 'application/x-ndjson; charset=utf-8')
      },
      async head(caller, counties) {
        return json(200, { ...(await deps.heads.of(counties)), scopeRev: caller.scopeRev })
      },
    }
  }
