import { afterAll, beforeAll, expect, it } from 'vitest'
import { openPhones, WRONG, type Phones, type TestPhone } from './support/phones.ts'
import { FilesScreen } from './screens/files-screen.ts'
import { ListScreen } from './screens/list-screen.ts'
import { LogScreen } from './screens/log-screen.ts'

const SOON = { timeout: 60_000, interval: 300 }
const DAY = 86_400_000
let phones: Phones

beforeAll(async () => {
  phones = await openPhones()
})
afterAll(() => phones.close())

/** Small, and each another one. */
const photograph = (phone: TestPhone, at: number): Promise<Buffer> =>
  phone.page
    .evaluate(async (seed) => {
      const canvas = document.createElement('canvas')
      canvas.width = 640
      canvas.height = 480
      const pen = canvas.getContext('2d') as CanvasRenderingContext2D
      for (let y = 0; y < 480; y += 8)
        for (let x = 0; x < 640; x += 8) {
          pen.fillStyle = `hsl(${(x * 7 + y * 13 + seed * 50) % 360} 60% ${30 + ((x * y + seed) % 40)}%)`
          pen.fillRect(x, y, 8, 8)
        }
      const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', 0.9))
      return blob ? [...new Uint8Array(await blob.arrayBuffer())] : []
    }, at)
    .then((bytes) => Buffer.from(bytes))

const noStored = (phone: TestPhone) =>
  phone.page.evaluate(
    async () =>
      (await indexedDB.databases()).filter(({ name }) => /^mingbai-[0-9a-f]{32}$/.test(name ?? '')).length,
  )

/** The forgotten PIN, from the locked page on: what waits goes, then the phone is let in anew. */
async function beginAnew(phone: TestPhone) {
  const { page } = phone
  await page.getByRole('button', { name: '忘了密码' }).click()
  await page.getByRole('button', { name: '重新登记' }).click({ timeout: 60_000 })
  await page.locator('.mb-row').first().waitFor({ timeout: 30_000 })
}

it(
  '[TR-07] a forgotten PIN: twenty unsent things and three photographs go without it, the phone is let in anew, and all is there once',
  { timeout: 240_000 },
  async () => {
    const phone = await phones.open({ pin: true })
    await phone.goto('records')
    await phone.lock().title().waitFor()
    await phone.unlock()
    const before = await phone.timesListed('网上诈骗')
    await phone.context.setOffline(true)
    await phone.goto('')
    await phone.lock().title().waitFor()
    await phone.unlock()
    await phone.writeDispute('单立本', '左招娣')
    await phone.page.getByRole('heading', { name: '存好了' }).waitFor()
    await phone.goto('records')
    await phone.lock().title().waitFor()
    await phone.lock().enter('739264')
    await new ListScreen(phone.page).row('单家和左家').click()
    const files = new FilesScreen(phone.page)
    for (let at = 0; at < 3; at++) {
      const buffer = await photograph(phone, at)
      await files.takePicture({ name: `${at}.jpg`, mimeType: 'image/jpeg', buffer })
      await files.picture(at).waitFor({ timeout: 30_000 })
    }
    await phone.locked()
    // Sixteen more are written down while it is locked.
    const log = new LogScreen(phone.page)
    for (let at = 0; at < 16; at++) {
      await phone.page.getByRole('link', { name: '记一笔' }).first().click()
      await log.choose('我去讲了')
      await log.chip('集市')
      await log.chip('网上诈骗')
      await log.chip('50')
      await phone.page.getByRole('button', { name: '保存' }).click()
      await phone.page.getByText(`记好了 ${at + 1} 件`).waitFor()
    }
    // Without a network nobody is led to begin anew while something waits.
    await phone.page.getByRole('button', { name: '忘了密码' }).click()
    await phone.page.getByText('还有没交上去的').waitFor()
    expect(await phone.page.getByRole('button', { name: '重新登记' }).count()).toBe(0)
    await phone.context.setOffline(false)
    await phone.page.getByRole('button', { name: '重新登记' }).click({ timeout: 60_000 })
    await phone.isOpen()
    await phone.goto('records')
    await expect.poll(() => phone.timesListed('单家和左家'), SOON).toBe(1)
    await expect.poll(() => phone.timesListed('网上诈骗'), SOON).toBe(before + 16)
    // That all three photographs had gone is why the phone could be let in at all.
    // Once the server has answered for everything twice, the old vault goes.
    await phone.again()
    await expect.poll(() => noStored(phone), SOON).toBe(1)
  },
)

it(
  '[TR-17] a phone forgotten for 130 days: the PIN is gone and there is no network; a dispute is logged, and later all is there once',
  { timeout: 180_000 },
  async () => {
    const phone = await phones.open({ pin: true })
    await phone.context.setOffline(true)
    await phone.goto('')
    await phone.lock().title().waitFor()
    await phone.unlock()
    await phone.writeDispute('邬长庚', '邓小禾')
    await phone.page.getByRole('heading', { name: '存好了' }).waitFor()
    await phone.context.clock.setFixedTime(Date.now() + 130 * DAY)
    await phone.locked()
    // Too long without a word for reading, and nobody asks before writing.
    await phone.page.getByText('四十五天没跟服务器联系过').waitFor()
    const began = performance.now()
    await phone.writeDispute('车大壮', '申二妹')
    await phone.page.getByText('记好了 1 件').waitFor()
    expect(performance.now() - began).toBeLessThan(60_000)
    await phone.context.clock.setFixedTime(Date.now())
    await phone.context.setOffline(false)
    await phone.locked()
    await phone.lock().enter(WRONG)
    await phone.page.getByText('还能试 9 次').waitFor()
    await beginAnew(phone)
    await phone.goto('records')
    for (const words of ['邬家和邓家', '车家和申家'])
      await expect.poll(() => phone.timesListed(words), SOON).toBe(1)
    // The old case opens again.
    await phone.page.getByPlaceholder('找').fill('邬家')
    await new ListScreen(phone.page).row('邬家和邓家').click()
    await phone.page.getByText('界石不见了').first().waitFor()
  },
)
