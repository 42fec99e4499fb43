import type { Page } from 'playwright-core'

/** The coordinator's overview. */
export class DeskScreen {
  readonly page: Page
  constructor(page: Page) {
    this.page = page
  }
  /** One of the four numbers, by the id of its metric. */
  number = (metric: string) => this.page.locator(`[data-metric="${metric}"]`).first()
  value = async (metric: string) =>
    Number((await this.number(metric).locator('.strip-number').innerText()).replace(/[^0-9]/g, ''))
}
