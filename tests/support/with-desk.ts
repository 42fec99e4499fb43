import { Secret, TOTP } from 'otpauth'
import type { Role } from '#domain/access/role.ts'
import type { AccountsWorld, Browser } from './accounts-world.ts'

export const DESK_PASSWORD = '桥头那棵老槐树下面见到一只鹅'
const STEP_MS = 30_000
let count = 0

export type Desk = Awaited<ReturnType<typeof withDesk>>

/** Somebody of an office at a desk of their own, logged in as people do it; `code` is what the authenticator shows next, once. */
export async function withDesk(
  world: AccountsWorld,
  name: string,
  posts: readonly (readonly [Role, string])[],
) {
  const who = await world.person(name, posts)
  const username = `desk.${++count}`
  const made = (await who.browser.post('/api/setups')).body
  const seen = (await world.browser().post('/api/setup', { code: made.code })).body
  const totp = new TOTP({ secret: Secret.fromBase32(seen.secret) })
  const code = () => {
    world.clock.at += STEP_MS
    return totp.generate({ timestamp: world.clock.at })
  }
  const finish = { code: made.code, username, password: DESK_PASSWORD, totp: code() }
  const { recovery } = (await world.browser().post('/api/setup/finish', finish)).body as {
    recovery: string[]
  }
  const logIn = (browser: Browser) =>
    browser.post('/api/login', { username, password: DESK_PASSWORD, code: code(), device: null })
  const desk = world.browser()
  const entered = (await logIn(desk)).body
  return {
    ...who,
    phone: who.browser,
    browser: desk,
    desk: entered.device as number,
    username,
    recovery,
    code,
    logIn,
  }
}
