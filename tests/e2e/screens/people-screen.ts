import type { Page } from 'playwright-core'

const WAIT = { timeout: 30_000 }

/** 人员 as a coordinator uses it: inviting, cards, phones to confirm. */
export class PeopleScreen {
  private readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  private async choose(role: string, unit: string): Promise<void> {
    // The radio lies over its word, so it is the radio that is pressed.
    await this.page.getByRole('radio', { name: role, exact: true }).check({ ...WAIT, force: true })
    await this.page.getByLabel('找地方').fill(unit)
    await this.page.getByRole('radio', { name: unit, exact: true }).check({ ...WAIT, force: true })
  }

  /** Makes a live invitation. @returns the code to type */
  async invite(origin: string, name: string, role: string, unit: string): Promise<string> {
    await this.page.goto(`${origin}/app/people/invite`)
    await this.page.getByLabel('姓名').fill(name, WAIT)
    await this.choose(role, unit)
    await this.page.getByRole('button', { name: '出一个码' }).click()
    await this.page.locator('svg.qr').waitFor(WAIT)
    return (await this.page.locator('.entry-typed b').textContent()) ?? ''
  }

  /** Makes a card. @returns the code to type */
  async card(origin: string, name: string, role: string, unit: string): Promise<string> {
    await this.page.goto(`${origin}/app/people/cards`)
    await this.page.getByLabel('姓名').fill(name, WAIT)
    await this.choose(role, unit)
    await this.page.getByRole('button', { name: /做 1 张卡/ }).click()
    return (await this.page.locator('.entry-card b.num').textContent(WAIT)) ?? ''
  }

  /** The three words of the phone that has come. */
  async words(): Promise<string[]> {
    await this.page.locator('.word-tile').first().waitFor(WAIT)
    return this.page.locator('.word-tile').allTextContents()
  }

  async same(): Promise<void> {
    await this.page.getByRole('button', { name: '一样', exact: true }).click()
  }

  /** Confirms the phone of somebody who came by card. */
  async confirm(origin: string, name: string): Promise<void> {
    await this.page.goto(`${origin}/app/people`)
    const row = this.page.locator('.mb-row', { hasText: name }).filter({ hasText: '是本人' })
    await row.getByRole('button', { name: '是本人' }).click(WAIT)
    await row.waitFor({ ...WAIT, state: 'detached' })
  }
}
