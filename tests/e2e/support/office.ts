import { join } from 'node:path'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { buildApp } from '#server/app.ts'
import { createAccounts } from '#server/accounts/accounts.ts'
import { makeCards } from '#server/accounts/cards.ts'
import { composeRoutes } from '#server/compose.ts'
import { configFrom } from '#server/config.ts'
import { accountsWorld, VILLAGE, type AccountsWorld } from '#tests/support/accounts-world.ts'
import { openTestDatabase } from '#tests/support/databases.ts'
import { DESK_PASSWORD, type Desk } from '#tests/support/with-desk.ts'
import { ARGUMENTS, CHROMIUM, DESK, PHONE } from './browser.ts'

const WAIT = { timeout: 30_000 }
const DIST = join(import.meta.dirname, '..', '..', '..', 'dist', 'app')

/** A county without a demo: people log in with password and second factor, and phones come by card. */
export interface OfficeTown {
  world: AccountsWorld
  origin: string
  /** Somebody's desk in a browser context of its own, logged in by hand. */
  atDesk(desk: Desk): Promise<Page>
  /** A phone that came in by card, confirmed. @returns its page, on 今天 */
  byCard(name: string): Promise<Page>
  close(): Promise<void>
}

/** The world's clock goes with the real one, and can still be moved ahead: what is kept in memory for seconds must grow old. */
function letRun(clock: { at: number }): void {
  let ahead = 0
  Object.defineProperty(clock, 'at', {
    get: () => Date.now() + ahead,
    set(at: number) {
      ahead = at - Date.now()
    },
  })
}

/** Opens server and browser for people who each have their own cookies. */
export async function openTown(folder: string): Promise<OfficeTown> {
  const database = await openTestDatabase('embedded')
  const world = await accountsWorld(database)
  letRun(world.clock)
  const config = configFrom({ MINGBAI_DEMO: '1', MINGBAI_FILES: folder, MINGBAI_ORIGIN: 'http://localhost' })
  const clock = () => world.clock.at
  const secret = world.secret
  const options = { secret, origin: 'http://localhost', sponsor: '', filingNo: '', demo: false, clock }
  const accounts = createAccounts(database, options, () => 0)
  const app = await buildApp({
    config,
    version: '0.0.0',
    database,
    clock,
    secret,
    identity: accounts.identity,
    routes: [...accounts.routes, ...(await composeRoutes({ config, database, clock, demo: null }))],
    attach: (one) => accounts.attach(one),
    appFolder: DIST,
    isStopping: () => false,
    mainPort: () => 0,
    logStream: { write: () => {} },
  })
  const origin = (await app.listen({ port: 0, host: '127.0.0.1' })).replace('127.0.0.1', 'localhost')
  const browser: Browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ARGUMENTS,
    headless: true,
  })
  const contexts: BrowserContext[] = []
  const opened = async (look: typeof PHONE | typeof DESK): Promise<Page> => {
    const context = await browser.newContext({ locale: 'zh-CN', timezoneId: 'Asia/Shanghai', ...look })
    contexts.push(context)
    return context.newPage()
  }
  return {
    world,
    origin,
    async atDesk(desk) {
      const page = await opened(DESK)
      await page.goto(`${origin}/app/login`)
      await page.getByLabel('登录名').fill(desk.username, WAIT)
      await page.getByLabel('密码').fill(DESK_PASSWORD)
      await page.getByLabel('六位数字').fill(desk.code())
      await page.getByRole('button', { name: '登录' }).click()
      await page.getByRole('link', { name: '记一笔' }).first().waitFor(WAIT)
      return page
    },
    async byCard(name) {
      const made = await database.as('accounts', {}, (tx) =>
        makeCards(tx, accounts.context, null, [{ name, role: 'mediator', region: VILLAGE }]),
      )
      if (!made.ok) throw new Error(made.reason)
      const page = await opened(PHONE)
      await page.goto(`${origin}/app/enter#${made.value[0]?.link.split('#')[1] ?? ''}`)
      await page.getByRole('button', { name: '我就是' }).click(WAIT)
      await page.getByRole('link', { name: '记一笔' }).first().waitFor(WAIT)
      return page
    },
    async close() {
      for (const one of contexts) await one.close()
      await browser.close()
      await app.close()
      await world.close()
      await database.close()
    },
  }
}
