import { afterAll, beforeAll, expect, it } from 'vitest'
import { DEMO } from './support/demo.ts'
import { openPhones, PIN, WRONG, type Phones, type TestPhone } from './support/phones.ts'
import { ListScreen } from './screens/list-screen.ts'

const SOON = { timeout: 60_000, interval: 300 }
const HOUR = 3_600_000
const DAY = 24 * HOUR
let phones: Phones
let witness: TestPhone

beforeAll(async () => {
  phones = await openPhones()
  witness = await phones.open()
})
afterAll(() => phones.close())

/** How often another phone of the same person sees it. */
async function seen(words: string): Promise<number> {
  await witness.goto('records')
  await witness.isOpen()
  return witness.timesListed(words)
}

/** Writes one dispute on a phone that is locked and has no network. */
async function writeLocked(phone: TestPhone, first: string, second: string) {
  await phone.context.setOffline(true)
  await phone.locked()
  await phone.writeDispute(first, second)
  await phone.page.getByText('记好了 1 件').waitFor()
}

it('[TR-06] what a locked phone holds goes before anybody unlocks it', { timeout: 120_000 }, async () => {
  const phone = await phones.open({ pin: true })
  await writeLocked(phone, '仇老五', '单小妹')
  await phone.context.setOffline(false)
  await phone.page.getByText('写好的都交上去了').waitFor({ timeout: 60_000 })
  await expect.poll(() => seen('仇家和单家'), SOON).toBe(1)
  await phone.lock().enter(PIN)
  const list = new ListScreen(phone.page)
  await expect.poll(() => list.word('仇家和单家').innerText(), SOON).toContain('交上去了')
  expect(await seen('仇家和单家')).toBe(1)
})

it(
  '[TR-04] [TR-06] ten wrong PINs, killed between tries and with the clock set back, give no try more; what waits goes afterwards',
  { timeout: 180_000 },
  async () => {
    const phone = await phones.open({ pin: true })
    await writeLocked(phone, '查富贵', '区水仙')
    const begin = Date.now()
    for (let at = 1; at <= 10; at++) {
      // Long enough for every wait; each second time the clock is set back first, which begins the wait anew.
      await phone.context.clock.setFixedTime(begin + at * 2 * HOUR)
      if (at === 6 || at === 8) {
        await phone.context.clock.setFixedTime(begin - HOUR)
        await phone.locked()
        await phone.page.getByText(/再试$/).waitFor()
        await phone.context.clock.setFixedTime(begin + at * 2 * HOUR)
      }
      await phone.locked()
      if (at === 10) {
        await phone.page.getByText('只剩最后一次').waitFor()
        await phone.page.getByRole('button', { name: '我知道，再试一次' }).click()
      }
      await phone.lock().enter(WRONG)
      if (at < 10) await phone.page.getByText(new RegExp(`还能试 ${10 - at} 次|再试$|只剩最后一次`)).waitFor()
    }
    await phone.page.getByRole('heading', { name: '打不开了' }).waitFor()
    await phone.context.clock.setFixedTime(Date.now())
    await phone.context.setOffline(false)
    await expect.poll(() => seen('查家和区家'), SOON).toBe(1)
    await phone.page.getByRole('link', { name: '重新登记' }).click()
    await new ListScreen(phone.page).row('查家和区家').waitFor({ timeout: 30_000 })
    expect(await seen('查家和区家')).toBe(1)
  },
)

it(
  '[TR-06] forty-five days without a word close old cases and nothing else; a word opens them',
  { timeout: 120_000 },
  async () => {
    const phone = await phones.open({ pin: true })
    // Without a network first: what is heard under the clock of then would count as a word of then.
    await phone.context.setOffline(true)
    await phone.context.clock.setFixedTime(Date.now() + 46 * DAY)
    await writeLocked(phone, '解三顺', '曾秋菊')
    await phone.page.getByText('四十五天没跟服务器联系过').waitFor()
    await phone.context.setOffline(false)
    await phone.page.getByText('写好的都交上去了').waitFor({ timeout: 60_000 })
    await phone.lock().enter(PIN)
    await new ListScreen(phone.page).row('解家和曾家').waitFor()
    await expect.poll(() => seen('解家和曾家'), SOON).toBe(1)
  },
)

/** A phone with a PIN, opened without a network, on which a dispute of these two waits. */
async function withDispute(first: string, second: string): Promise<TestPhone> {
  const phone = await phones.open({ pin: true })
  await phone.context.setOffline(true)
  await phone.locked()
  await phone.unlock()
  await phone.writeDispute(first, second)
  await phone.page.getByRole('heading', { name: '存好了' }).waitFor()
  return phone
}

it(
  '[TR-06] a phone that was shut out locks, gives what it has to the office, and takes nothing',
  { timeout: 120_000 },
  async () => {
    const phone = await withDispute('盖铁柱', '纪小花')
    const device = await shutOutNewest()
    expect(device).toBeGreaterThan(0)
    await phone.context.setOffline(false)
    await phone.lock().title().waitFor({ timeout: 60_000 })
    await phone.page.getByText('司法所把这部手机锁上了').waitFor({ timeout: 60_000 })
    expect(await seen('盖家和纪家')).toBe(0)
  },
)

/** Databases of people on a phone. */
const stored = (phone: TestPhone): Promise<string[]> =>
  phone.page.evaluate(async () =>
    (await indexedDB.databases())
      .map(({ name }) => name ?? '')
      .filter((name) => /^mingbai-[0-9a-f]{32}$/.test(name)),
  )

it(
  '[TR-06] [TR-08] a phone that the office orders emptied gives all it has first, and then holds nothing of it',
  { timeout: 120_000 },
  async () => {
    const phone = await withDispute('瞿大田', '邢小桃')
    const [before = ''] = await stored(phone)
    const office = await witness.context.newPage()
    await office.goto(`${DEMO.coordinator()}/app/`)
    await office.locator('.mb-row').first().waitFor()
    const ordered = await office.evaluate(
      async (device) =>
        (
          await fetch('/api/devices/order', {
            method: 'POST',
            headers: { 'x-mingbai': '1', 'content-type': 'application/json' },
            body: JSON.stringify({ device, order: 'wipe-after-drain' }),
          })
        ).status,
      await newestDevice(),
    )
    expect(ordered).toBe(200)
    expect(await stored(phone)).toContain(before)
    await phone.context.setOffline(false)
    // While the page begins anew nobody can ask it.
    const isThere = () =>
      stored(phone).then(
        (names) => names.includes(before),
        () => true,
      )
    await expect.poll(isThere, SOON).toBe(false)
    await phone.page.getByText('司法所让这部手机清空了').waitFor()
    await expect.poll(() => seen('瞿家和邢家'), SOON).toBe(1)
    await office.close()
  },
)

/** The phone of this person that came last. */
const newestDevice = (): Promise<number> =>
  witness.page.evaluate(async () => {
    const answer = await fetch('/api/me/devices', { headers: { 'x-mingbai': '1' } })
    const { devices } = (await answer.json()) as { devices: { device: number }[] }
    return Math.max(...devices.map((one) => one.device))
  })

/** Shuts the phone of this person out that came last, from another phone of theirs. @returns its number; 0: none could be */
const shutOutNewest = (): Promise<number> =>
  witness.page.evaluate(async () => {
    const ask = (path: string, body?: object) =>
      fetch(path, {
        method: body ? 'POST' : 'GET',
        headers: { 'x-mingbai': '1', ...(body ? { 'content-type': 'application/json' } : {}) },
        ...(body ? { body: JSON.stringify(body) } : {}),
      })
    const { devices } = (await (await ask('/api/me/devices')).json()) as { devices: { device: number }[] }
    const device = Math.max(...devices.map((one) => one.device))
    const done = await ask('/api/devices/revoke', { device })
    return done.ok ? device : 0
  })
