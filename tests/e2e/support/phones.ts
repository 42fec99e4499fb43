import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { LockScreen } from '../screens/lock-screen.ts'
import { LogScreen } from '../screens/log-screen.ts'
import { CHROMIUM, PHONE, untilInstalled } from './browser.ts'
import { DEMO } from './demo.ts'
import { untilAtRest } from './look.ts'

export const PIN = '739264'
export const WRONG = '480957'

/** Phones that are new, each with a storage of its own, in one browser. */
export interface Phones {
  /** A phone on which 赵春梅 has just come in; with a PIN and unlocked, when asked for. */
  open(options?: { pin?: boolean }): Promise<TestPhone>
  close(): Promise<void>
}

/** One phone with one page. */
export class TestPhone {
  readonly context: BrowserContext
  page: Page
  readonly lock: () => LockScreen
  constructor(context: BrowserContext, page: Page) {
    this.context = context
    this.page = page
    this.lock = () => new LockScreen(this.page)
  }
  goto = (path = '') => this.page.goto(`${DEMO.mediator()}/app/${path}`)

  /** The page is killed, and the app opened anew. */
  async again(path = '') {
    await this.page.close()
    this.page = await this.context.newPage()
    await this.goto(path)
  }

  /** Opens the app, which is locked. */
  async locked() {
    await this.again()
    await this.lock().title().waitFor()
  }

  async unlock() {
    await this.lock().enter(PIN)
    await this.isOpen()
  }

  /** Its person's notebook is open, on whatever page with a list. */
  isOpen = () => this.page.locator('.mb-row').first().waitFor()

  /** Writes a dispute of two families down, from 记一笔, on an open phone or a locked one. */
  async writeDispute(first: string, second: string) {
    await this.page.getByRole('link', { name: '记一笔' }).first().click()
    const log = new LogScreen(this.page)
    await log.choose('两家有事')
    await log.chip('地界')
    await this.page.getByLabel('这一家').fill(first)
    await this.page.getByLabel('那一家').fill(second)
    await this.page.getByLabel('怎么回事').fill('界石不见了。')
    await log.chip('还在谈')
    await this.page.getByRole('button', { name: '保存' }).click()
  }

  /** How often something stands in the list of records, which shows as many as a page holds: what else is there is left out. */
  async timesListed(words: string): Promise<number> {
    const find = this.page.getByPlaceholder('找')
    await find.fill(words)
    await untilAtRest(this.page)
    const times = await this.page.locator('.mb-row', { hasText: words }).count()
    await find.fill('')
    return times
  }
}

export async function openPhones(): Promise<Phones> {
  const browser: Browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic'],
  })
  return {
    async open({ pin = false } = {}) {
      const context = await browser.newContext({ ...PHONE, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' })
      const phone = new TestPhone(context, await context.newPage())
      await phone.goto()
      await phone.isOpen()
      await untilInstalled(phone.page)
      if (pin) {
        await phone.goto('me/pin')
        await phone.lock().set(PIN)
        await phone.lock().title().waitFor()
        await phone.unlock()
      }
      return phone
    },
    close: () => browser.close(),
  }
}
