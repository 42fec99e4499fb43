import type { Page } from 'playwright-core'

interface File {
  name: string
  mimeType: string
  buffer: Buffer
}

/** Pictures, recordings and papers of a record. Knows words and roles; asserts nothing. */
export class FilesScreen {
  readonly page: Page
  constructor(page: Page) {
    this.page = page
  }

  get title() {
    return this.page.getByRole('heading', { name: '照片、录音和材料' })
  }

  takePicture = (file: File) => this.page.locator('input[capture]').setInputFiles(file)
  choose = (file: File) => this.page.locator('input[type=file][multiple]').setInputFiles(file)
  picture = (at: number) => this.page.locator('.files-picture').nth(at)
  /** The sync word under a picture. */
  word = (at: number) => this.picture(at).locator('.mb-word')
  row = (name: string) => this.page.locator('.files-row', { hasText: name })

  record = () => this.page.getByRole('button', { name: '录音', exact: true }).click()
  keepRecording = () => this.page.getByRole('button', { name: '录好了，存下来' }).click()
  async closeRecorder() {
    await this.page.getByRole('dialog').getByRole('button', { name: '关' }).first().click()
    await this.page.getByRole('dialog').waitFor({ state: 'detached' })
  }

  /** First sixteen digits of the fingerprint of the file that is open. */
  async fingerprint(): Promise<string> {
    const words = await this.page.locator('.view-print .num').innerText()
    return /[0-9a-f]{16}/.exec(words)?.[0] ?? ''
  }

  /** Size of the open picture as it lies on this phone. */
  async shownPicture(): Promise<{ width: number; height: number }> {
    await this.page.getByRole('button', { name: '看大一点' }).waitFor()
    return this.page
      .locator('.view-picture img')
      .evaluate((image: HTMLImageElement) => ({ width: image.naturalWidth, height: image.naturalHeight }))
  }

  async takeBack() {
    await this.page.getByRole('button', { name: '不要这份' }).click()
    await this.page.getByRole('button', { name: '真的不要了？再点一次' }).click()
  }
}
