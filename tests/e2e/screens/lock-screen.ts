import type { Page } from 'playwright-core'

/** The page of a locked phone, and setting and changing what opens it. Knows words and roles; asserts nothing. */
export class LockScreen {
  readonly page: Page
  constructor(page: Page) {
    this.page = page
  }
  title = () => this.page.getByRole('heading', { name: '明白，锁着' })
  word = () => this.page.locator('.lock-word')

  /** Presses the digits and the last key. */
  async enter(pin: string, last = '开锁') {
    for (const digit of pin) await this.page.getByRole('button', { name: digit, exact: true }).click()
    await this.page.getByRole('button', { name: last, exact: true }).click()
  }

  /** On the page of the PIN, on a phone without one. */
  async set(pin: string) {
    await this.page.getByText('想一个六位以上').waitFor()
    await this.enter(pin, '好了')
    await this.page.getByText('再输一遍').waitFor()
    await this.enter(pin, '好了')
  }
}
