import type { Page } from 'playwright-core'

/** 东西都在吗 and its pages: what is safe, what needs somebody, backup. Knows words and roles; asserts nothing. */
export class CareScreen {
  readonly page: Page
  constructor(page: Page) {
    this.page = page
  }

  open = async (base: string) => {
    await this.page.goto(`${base}/app/safe`)
    await this.page.getByRole('heading', { name: '东西都在吗' }).waitFor()
  }
  /** The sentences under 都在. */
  sentence = () => this.page.locator('.safe-head').innerText()
  tryNow = () => this.page.getByRole('button', { name: '现在试一次' }).click()
  /** A row of 要你看 by its words. */
  need = (words: string | RegExp) => this.page.locator('a.mb-row', { hasText: words }).first()
  button = (name: string) => this.page.getByRole('button', { name, exact: true }).first()

  /** Makes a backup under a sentence and gives the path of the downloaded file. */
  async makeBackup(sentence: string): Promise<string> {
    await this.page.getByRole('link', { name: /备份/ }).first().click()
    await this.page.getByLabel('想一句锁它的话').fill(sentence)
    await this.page.getByLabel('再打一遍').fill(sentence)
    const download = this.page.waitForEvent('download')
    await this.button('存一份').click()
    await this.page.getByRole('heading', { name: '存好了' }).waitFor()
    return (await download).path()
  }

  /** Looks into a backup and takes it. Gives what the page said was in it, and what it said of the taking. */
  async takeBackup(file: string, sentence: string): Promise<{ inside: string; taken: string }> {
    await this.page.getByRole('link', { name: '从备份里拿回来' }).click()
    await this.page.locator('input[type="file"]').setInputFiles(file)
    await this.page.getByLabel('锁它的那句话').fill(sentence)
    await this.button('看看里面有什么').click()
    const inside = await this.page.locator('.take-inside').innerText()
    await this.button('拿到这部手机里').click()
    const taken = await this.page.locator('.backup-title').innerText()
    await this.page.getByRole('link', { name: '好了' }).click()
    return { inside, taken }
  }
}
