import type { Page } from 'playwright-core'

/** 今天 and 记录: what a person sees of what is written down. */
export class ListScreen {
  readonly page: Page
  constructor(page: Page) {
    this.page = page
  }
  row = (title: string) => this.page.locator('.mb-row', { hasText: title }).first()
  /** The sync word on a row: 存好了, 交上去了, 要你看. */
  word = (title: string) => this.row(title).locator('.mb-word')
}
