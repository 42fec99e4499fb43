import type { Page } from 'playwright-core'

export interface DisputeToLog {
  word: string
  parties: readonly [string, string]
  facts: string
  outcome: '说好了' | '没说好' | '还在谈' | '请镇上帮忙'
  written?: '口头说好就行' | '要写协议'
}

/** What a person can do from 记一笔 on. Knows words and roles; asserts nothing. */
export class LogScreen {
  readonly page: Page
  constructor(page: Page) {
    this.page = page
  }

  /** From any page with the four tabs: 今天, then 记一笔. */
  async begin() {
    await this.page.getByRole('link', { name: '记一笔' }).first().click()
    await this.page.getByRole('heading', { name: '记一笔', level: 1 }).waitFor()
  }

  choose = (what: string) =>
    this.page
      .getByRole('link', { name: what })
      .or(this.page.getByRole('button', { name: what }))
      .first()
      .click()

  chip = (name: string) =>
    this.page
      .locator('.mb-chip', { hasText: new RegExp(`^${name}$`) })
      .first()
      .click()

  async dispute(one: DisputeToLog) {
    await this.choose('两家有事')
    await this.chip(one.word)
    await this.page.getByLabel('这一家').fill(one.parties[0])
    await this.page.getByLabel('那一家').fill(one.parties[1])
    await this.page.getByLabel('怎么回事').fill(one.facts)
    await this.chip(one.outcome)
    if (one.written) await this.chip(one.written)
    await this.save()
  }

  async outreach(form: string, topic: string, heads: string) {
    await this.choose('我去讲了')
    await this.chip(form)
    await this.chip(topic)
    await this.chip(heads)
    await this.save()
  }

  async save() {
    await this.page.getByRole('button', { name: '保存' }).click()
    await this.page.getByRole('heading', { name: '存好了' }).waitFor()
  }

  /** The number for the paper book: village, space, figures. The page draws the two apart, in two sizes. */
  paperNumber = async () =>
    (await this.page.locator('.slip-number').innerText()).replace(/\s+/g, '').replace(/^(\D+)/, '$1 ')

  toToday = () => this.page.getByRole('link', { name: '回到今天' }).click()
}
