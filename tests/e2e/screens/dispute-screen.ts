import type { Page } from 'playwright-core'

/** One dispute on its page, and the steps that can be taken from it. */
export class DisputeScreen {
  readonly page: Page
  constructor(page: Page) {
    this.page = page
  }

  open = async (base: string, id: string) => {
    await this.page.goto(`${base}/app/disputes/${id}`)
    await this.page.getByText('前前后后').first().waitFor()
  }
  /** Opens a step from 更多. */
  async step(name: string) {
    await this.page.getByRole('button', { name: '更多' }).click()
    await this.page.locator('dialog[open]').getByRole('button', { name, exact: true }).click()
    await this.page.locator('dialog[open] .step-form').waitFor()
  }
  chip = (name: string) =>
    this.page.locator('dialog[open] .mb-chip', { hasText: new RegExp(`^${name}$`) }).click()
  fill = (label: string, text: string) => this.page.locator('dialog[open]').getByLabel(label).fill(text)
  async save(name = '保存') {
    await this.page.locator('dialog[open]').getByRole('button', { name, exact: true }).click()
    await this.page.locator('dialog[open]').waitFor({ state: 'detached' })
  }
  facts = () => this.page.locator('.matter-words').first().innerText()
  word = () => this.page.locator('.matter-facts .mb-word').innerText()
}
