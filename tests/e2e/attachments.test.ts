import { createHash } from 'node:crypto'
import type { Page } from 'playwright-core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { firstPage, killBrowser, newProfile, untilInstalled, type Profile } from './support/browser.ts'
import { DEMO } from './support/demo.ts'
import { FilesScreen } from './screens/files-screen.ts'
import { ListScreen } from './screens/list-screen.ts'
import { LogScreen } from './screens/log-screen.ts'

let phone: Profile

beforeEach(async () => {
  phone = await newProfile()
})
afterEach(async () => {
  await killBrowser(phone)
  await phone.remove()
})

const WRITTEN_BY_CAMERA = 'Exif\0\0 99.99 N 101.99 E somebody’s camera'

/** A photograph as a camera makes it: larger than is kept, and with words of the camera in it. */
async function photograph(page: Page): Promise<Buffer> {
  const drawn = await page.evaluate(async () => {
    const canvas = document.createElement('canvas')
    canvas.width = 3200
    canvas.height = 2400
    const pen = canvas.getContext('2d')
    if (!pen) throw new Error('no canvas')
    // Noise, so that it is as heavy as a real one.
    for (let y = 0; y < 2400; y += 8)
      for (let x = 0; x < 3200; x += 8) {
        pen.fillStyle = `hsl(${(x * 7 + y * 13) % 360} 60% ${30 + ((x * y) % 40)}%)`
        pen.fillRect(x, y, 8, 8)
      }
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', 0.95))
    return blob ? [...new Uint8Array(await blob.arrayBuffer())] : []
  })
  const jpeg = Buffer.from(drawn)
  const words = Buffer.from(WRITTEN_BY_CAMERA)
  const marker = Buffer.from([0xff, 0xe1, (words.length + 2) >> 8, (words.length + 2) & 255])
  return Buffer.concat([jpeg.subarray(0, 2), marker, words, jpeg.subarray(2)])
}

async function openDispute(page: Page): Promise<FilesScreen> {
  await page.goto(`${DEMO.mediator()}/app/`)
  await new ListScreen(page).row('陈家和吴家').click()
  const files = new FilesScreen(page)
  await files.title.waitFor({ timeout: 30_000 })
  return files
}

it('[I-41] a photograph taken without a network outlives a dead battery, is handed in by itself and is the same at the server', async () => {
  const online = await phone.open()
  const page = await firstPage(online)
  const files = await openDispute(page)
  await untilInstalled(page)
  await online.setOffline(true)
  const taken = await photograph(page)
  await files.takePicture({ name: 'IMG_0001.jpg', mimeType: 'image/jpeg', buffer: taken })
  await files.picture(0).waitFor({ timeout: 30_000 })
  expect(await files.word(0).innerText()).toContain('存好了')
  await killBrowser(phone)

  const again = await phone.open()
  await again.setOffline(true)
  const reopened = await firstPage(again)
  const back = await openDispute(reopened)
  await expect.poll(() => back.word(0).innerText(), { timeout: 20_000 }).toContain('存好了')
  await again.setOffline(false)
  await expect.poll(() => back.word(0).innerText(), { timeout: 60_000 }).toContain('交上去了')

  await back.picture(0).click()
  const print = await back.fingerprint()
  const shown = await back.shownPicture()
  // Other stories of the same world may have handed in files too; the one that is shown is known by its print.
  const stored = await reopened.evaluate(async () => {
    const found: { village: string; id: string }[] = []
    for (const { name } of await indexedDB.databases()) {
      if (!name?.startsWith('mingbai-') || name === 'mingbai-content') continue
      const open = indexedDB.open(name)
      await new Promise((done) => open.addEventListener('success', done))
      const all = open.result.transaction('rec').objectStore('rec').getAll()
      await new Promise((done) => all.addEventListener('success', done))
      open.result.close()
      const rows = all.result as { kind: string; village: string; id: string }[]
      found.push(...rows.filter((row) => row.kind === 'attachment'))
    }
    const answers = found.map(async ({ village, id }) => {
      const answer = await fetch(`/api/attachments/${village.slice(0, 6)}/${id}`, {
        headers: { 'x-mingbai': '1' },
      })
      return { status: answer.status, bytes: [...new Uint8Array(await answer.arrayBuffer())] }
    })
    return await Promise.all(answers)
  })
  const printOf = (bytes: readonly number[]) =>
    createHash('sha256').update(Buffer.from(bytes)).digest('hex').slice(0, 16)
  const same = stored.find((one) => one.status === 200 && printOf(one.bytes) === print)
  expect(same, 'what is shown lies at the server, byte for byte').toBeDefined()
  const bytes = Buffer.from(same?.bytes ?? [])
  expect(bytes.subarray(0, 3).toString('hex')).toBe('ffd8ff')
  // Drawn anew: smaller, and without a word of the camera's.
  expect(bytes.includes('Exif')).toBe(false)
  expect(bytes.includes('camera')).toBe(false)
  expect(Math.max(shown.width, shown.height)).toBe(2048)
})

it('[L-3] a microphone that is refused, and one that never answers, hold nothing up', async () => {
  const context = await phone.open()
  const page = await firstPage(context)
  await page.addInitScript(() => {
    if (!navigator.mediaDevices) return
    let asked = 0
    navigator.mediaDevices.getUserMedia = () =>
      ++asked === 1
        ? Promise.reject(new DOMException('no', 'NotAllowedError'))
        : new Promise<never>(() => undefined)
  })
  await page.goto(`${DEMO.mediator()}/app/`)
  const log = new LogScreen(page)
  await log.begin()
  await log.dispute({ word: '排水', parties: ['示例甲', '示例乙'], facts: '沟堵了。', outcome: '还在谈' })
  await log.toToday()
  await new ListScreen(page).row('示例甲').click()
  const files = new FilesScreen(page)
  await files.title.waitFor({ timeout: 30_000 })
  await files.record()
  await page.getByText('手机没有让用话筒').waitFor()
  await files.closeRecorder()
  await files.record()
  await page.getByText('等手机答应用话筒').waitFor()
  await files.closeRecorder()
  await files.choose({
    name: '收据.pdf',
    mimeType: 'application/pdf',
    buffer: Buffer.from('%PDF-1.4 示例'.repeat(99)),
  })
  await files.row('收据.pdf').waitFor()
  await files.choose({ name: 'page.html', mimeType: 'text/html', buffer: Buffer.from('<html>') })
  await page.getByText('这种文件收不了').waitFor()
  // The work itself is saved on this very page, while nobody has answered about the microphone.
  await page.locator('.mb-sticky [data-primary]').click()
  const sheet = page.getByRole('dialog')
  await sheet.locator('[data-primary]').click()
  await sheet.waitFor({ state: 'detached' })
  await expect.poll(() => page.locator('.line-say').count()).toBe(2)
})

it('a recording is kept, heard and handed in; one that was not wanted is taken back', async () => {
  const context = await phone.open()
  const page = await firstPage(context)
  await page.addInitScript(() => {
    if (!navigator.mediaDevices) return
    navigator.mediaDevices.getUserMedia = async () => {
      const sound = new AudioContext()
      const tone = sound.createOscillator()
      const out = sound.createMediaStreamDestination()
      tone.connect(out)
      tone.start()
      return out.stream
    }
  })
  const files = await openDispute(page)
  await files.record()
  await page.getByText('正在录').waitFor()
  await page.waitForTimeout(2500)
  await files.keepRecording()
  const row = files.row('录音 1')
  await row.waitFor({ timeout: 20_000 })
  await expect.poll(() => row.innerText(), { timeout: 60_000 }).toContain('交上去了')
  await row.click()
  await page.locator('.view audio').waitFor()
  await files.takeBack()
  await row.waitFor({ state: 'detached' })
})
