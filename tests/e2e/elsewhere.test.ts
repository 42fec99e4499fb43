import { chromium } from 'playwright-core'
import { inject, expect, it } from 'vitest'
import { CHROMIUM, PHONE } from './support/browser.ts'
import { DEMO } from './support/demo.ts'

const WECHAT =
  'Mozilla/5.0 (Linux; Android 12) AppleWebKit/537.36 Chrome/107.0 Mobile Safari/537.36 MicroMessenger/8.0.30'

it('says what to do in WeChat’s browser instead of a form that later vanishes', async () => {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] })
  const page = await (await browser.newContext({ ...PHONE, userAgent: WECHAT })).newPage()
  await page.goto(`${DEMO.mediator()}/app/log/dispute`)
  await page.getByText('在微信里只能看').waitFor()
  expect(await page.getByText('这个网址不是 https').isVisible()).toBe(false)
  expect(await page.locator('form').count()).toBe(0)
  await browser.close()
})

it('says what to do where the address is not https, never a white page', async () => {
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--host-resolver-rules=MAP village.test 127.0.0.1'],
  })
  const page = await (await browser.newContext(PHONE)).newPage()
  await page.goto(`http://village.test:${inject('demoPort') + 1}/app/`)
  await page.getByText('这个网址不是 https').waitFor()
  expect(await page.getByText('在微信里只能看').isVisible()).toBe(false)
  await browser.close()
})
