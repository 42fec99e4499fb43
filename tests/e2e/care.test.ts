import { fileURLToPath } from 'node:url'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { DESK, firstPage, killBrowser, newProfile, untilInstalled, type Profile } from './support/browser.ts'
import { DEMO } from './support/demo.ts'
import { faultsOf } from './support/faults.ts'
import { untilAtRest } from './support/look.ts'
import { timesListed } from './support/times-listed.ts'
import { CareScreen } from './screens/care-screen.ts'
import { DisputeScreen } from './screens/dispute-screen.ts'
import { ListScreen } from './screens/list-screen.ts'
import { LogScreen } from './screens/log-screen.ts'

/** One person with two phones, as happens when an old phone is kept in the drawer. */
interface Phone {
  profile: Profile
  context: BrowserContext
  page: Page
  care: CareScreen
  dispute: DisputeScreen
  list: ListScreen
}
const SOON = { timeout: 60_000, interval: 200 }
const base = () => DEMO.mediator()
let one: Phone
let other: Phone

async function newPhone(): Promise<Phone> {
  const profile = await newProfile()
  const context = await profile.open()
  const page = await firstPage(context)
  await page.goto(`${base()}/app/`)
  const list = new ListScreen(page)
  await list.row('陈家和吴家').waitFor()
  await untilInstalled(page)
  return { profile, context, page, care: new CareScreen(page), dispute: new DisputeScreen(page), list }
}

beforeAll(async () => {
  one = await newPhone()
  other = await newPhone()
})
afterAll(async () => {
  for (const phone of [one, other]) {
    await killBrowser(phone.profile)
    await phone.profile.remove()
  }
})

beforeEach(async () => {
  for (const phone of [one, other]) await phone.context.setOffline(false)
})

/** Writes a dispute on a phone and waits until both phones have it. Gives its id. */
async function sharedDispute(title: string, parties: readonly [string, string]): Promise<string> {
  await one.page.goto(`${base()}/app/`)
  const log = new LogScreen(one.page)
  await log.begin()
  await log.dispute({
    word: '地界',
    parties,
    facts: '两家的地挨着。',
    outcome: '说好了',
    written: '口头说好就行',
  })
  const id = new URL(one.page.url()).pathname.split('/').at(-1) ?? ''
  await log.toToday()
  await expect.poll(() => one.list.word(title).innerText(), SOON).toContain('交上去了')
  await other.page.goto(`${base()}/app/records`)
  await other.list.row(title).waitFor({ timeout: 60_000 })
  return id
}

async function untilHandedIn(phone: Phone, id: string): Promise<void> {
  const look = async () => {
    await phone.dispute.open(base(), id)
    return phone.dispute.word()
  }
  await expect.poll(look, SOON).toContain('交上去了')
}

it('[I-26] what the office did not accept is shown in words, typed anew and handed in', async () => {
  const id = await sharedDispute('谢家和罗家·地界', ['谢大山', '罗小云'])
  await one.dispute.open(base(), id)
  await one.context.setOffline(true)
  await one.dispute.step('记下说好的事')
  await one.dispute.fill('说好了什么', '谢家退一尺。')
  await one.dispute.save()
  // Meanwhile, from the other phone: talks begin again, so there is no agreement to write down.
  await other.dispute.open(base(), id)
  await other.dispute.step('接着谈')
  await other.dispute.save('接着谈')
  await untilHandedIn(other, id)

  await one.context.setOffline(false)
  await one.care.open(base())
  await one.care.need('谢家和罗家').waitFor({ timeout: 60_000 })
  expect(await one.care.need('谢家和罗家').innerText()).toContain('没收下')
  await one.care.need('谢家和罗家').click()
  await one.page.getByText('还没有说好').first().waitFor()
  expect(await one.page.locator('.said').first().innerText()).toContain('谢家退一尺。')
  expect(await faultsOf(one.page, 'safe-refused')).toEqual([])

  // The office is asked, looks, and says a word, which comes back to the phone.
  await one.care.button('请所里看看').click()
  await one.dispute.fill('想跟所里说的话（可以不填）', '两家又谈拢了，能不能写？')
  await one.care.button('交给所里看').click()
  await officeAnswers('两家又谈拢了，能不能写？', '等那边记下说好了，再交一遍。')
  await one.care.open(base())
  await one.care.tryNow()
  await expect.poll(() => one.care.need('谢家和罗家').innerText(), SOON).toContain('所里回话了')
  await one.care.need('谢家和罗家').click()
  await one.page.getByText('等那边记下说好了，再交一遍。').waitFor()

  // They agree after all; now the words can go, a little different.
  await other.dispute.step('说得怎么样')
  await other.dispute.chip('说好了')
  await other.dispute.chip('口头说好就行')
  await other.dispute.save()
  await untilHandedIn(other, id)
  await one.care.open(base())
  await one.care.tryNow()
  await expect.poll(() => one.care.need('谢家和罗家').count()).toBe(1)
  await one.care.need('谢家和罗家').click()
  await one.care.button('改好再交').click()
  expect(await faultsOf(one.page, 'safe-mend')).toEqual([])
  await one.dispute.fill('说好了什么', '谢家退一尺，罗家不要钱。')
  await one.dispute.save('存好，再交')
  await untilHandedIn(one, id)
  await expect
    .poll(async () => {
      await other.dispute.open(base(), id)
      return other.page.getByText('谢家退一尺，罗家不要钱。').count()
    }, SOON)
    .toBeGreaterThan(0)
  await one.care.open(base())
  expect(await one.care.need('谢家和罗家').count()).toBe(0)
})

it('[I-24] two phones that changed the same words show both, and one tap settles it on both', async () => {
  const id = await sharedDispute('何家和吕家·地界', ['何建国', '吕素珍'])
  for (const phone of [one, other]) {
    await phone.dispute.open(base(), id)
    await phone.context.setOffline(true)
  }
  for (const [phone, facts] of [
    [one, '何家说界石挪过。'],
    [other, '吕家说界石没动过。'],
  ] as const) {
    await phone.dispute.step('改写经过')
    await phone.dispute.fill('怎么回事', facts)
    await phone.dispute.save()
  }
  for (const phone of [one, other]) await phone.context.setOffline(false)
  for (const phone of [one, other]) {
    await phone.care.open(base())
    await phone.care.need('何家和吕家').waitFor({ timeout: 60_000 })
    expect(await phone.care.need('何家和吕家').innerText()).toContain('两处不同')
    await phone.care.need('何家和吕家').click()
    await phone.page.locator('.both-card').nth(1).waitFor()
    const both = await phone.page.locator('.both').innerText()
    expect(both).toContain('何家说界石挪过。')
    expect(both).toContain('吕家说界石没动过。')
  }
  expect(await faultsOf(one.page, 'safe-both')).toEqual([])
  const lost = (await one.page.locator('.both-value').nth(1).innerText()).trim()
  await one.care.button('用这个').click()
  await one.page.getByText('都挑好了').waitFor()
  for (const phone of [one, other]) {
    await expect
      .poll(async () => {
        await phone.dispute.open(base(), id)
        return `${await phone.dispute.word()} ${await phone.dispute.facts()}`
      }, SOON)
      .toContain(`交上去了 ${lost}`)
    expect(await phone.page.getByText('看看两边').count()).toBe(0)
  }
})

it('[L-18] all is said to be handed in only when nothing waits and the office agrees', async () => {
  const log = new LogScreen(one.page)
  await one.page.goto(`${base()}/app/`)
  await one.context.setOffline(true)
  await log.begin()
  await log.outreach('集市', '网上诈骗', '20')
  await one.care.open(base())
  await expect.poll(() => one.care.sentence(), SOON).toContain('1 件在手机里')
  expect(await faultsOf(one.page, 'safe-waiting')).toEqual([])
  // One tap below the word of a record stands which of the nine states it is in.
  await one.page.goto(`${base()}/app/records`)
  await one.list.row('网上诈骗').click()
  const told = async () => {
    await one.page.locator('.record-word').click()
    await one.page.locator('dialog[open] .mb-state').waitFor()
    await untilAtRest(one.page)
    const words = await one.page.locator('dialog[open]').innerText()
    return words
  }
  expect(await told()).toMatch(/存好了[^]*等着交[^]*有信号自己交/)
  expect(await faultsOf(one.page, 'record-word')).toEqual([])
  await one.context.setOffline(false)
  await one.page.locator('dialog[open]').getByRole('link', { name: '东西都在吗' }).click()
  await one.care.tryNow()
  await expect.poll(() => one.care.sentence(), SOON).toContain('和所里对过，一样')
  await one.page.goto(`${base()}/app/records`)
  await one.list.row('网上诈骗').click()
  await expect.poll(() => one.page.locator('.record-word').innerText(), SOON).toContain('交上去了')
  expect(await told()).toMatch(/交上去了[^]*所里收到了/)
})

it('[I-6] a backup made without signal and taken on a new phone arrives exactly once, whoever comes first', async () => {
  const sentence = '门前那棵歪脖子老槐树'
  await one.page.goto(`${base()}/app/`)
  await one.context.setOffline(true)
  const log = new LogScreen(one.page)
  await log.begin()
  await log.dispute({
    word: '排水',
    parties: ['易长河', '卢小满'],
    facts: '沟堵了。',
    outcome: '还在谈',
  })
  const number = await log.paperNumber()
  await one.care.open(base())
  const file = await one.care.makeBackup(sentence)

  await other.care.open(base())
  const { inside, taken } = await other.care.takeBackup(file, sentence)
  expect(inside).toMatch(/写过的 \d+ 处/)
  expect(taken).toMatch(/拿到 \d+ 处/)
  await expect
    .poll(async () => {
      await other.page.goto(`${base()}/app/`)
      return other.list.word('易家和卢家').innerText()
    }, SOON)
    .toContain('交上去了')
  // The same file once more: nothing new in it.
  await other.care.open(base())
  expect((await other.care.takeBackup(file, sentence)).taken).toContain('早就都拿过了')

  // The old phone was only out of signal, and hands in what it had.
  await one.context.setOffline(false)
  await one.page.goto(`${base()}/app/`)
  await expect.poll(() => one.list.word('易家和卢家').innerText(), SOON).toContain('交上去了')
  expect(await timesAtOffice(number)).toBe(1)
})

/** At the office's desk: finds what was asked with these words, and sends an answer back. */
async function officeAnswers(question: string, answer: string): Promise<void> {
  const office = await newProfile()
  const context = await office.open(DESK)
  const page = await firstPage(context)
  const card = page.locator('.refused-card', { hasText: question })
  const look = async () => {
    await page.goto(`${DEMO.coordinator()}/app/desk/refused`)
    await page.getByLabel('对方念的六个数').waitFor()
    return card.count()
  }
  await expect.poll(look, SOON).toBe(1)
  expect(await card.innerText()).toContain('谢家退一尺。')
  expect(await faultsOf(page, 'desk-refused')).toEqual([])
  await page.setViewportSize(DESK.viewport)
  await page.screenshot({ path: fileURLToPath(new URL('./pictures/desktop-refused.png', import.meta.url)) })
  await card.getByRole('button', { name: '退回去，说一句' }).click()
  await card.getByLabel('跟本人说一句：该怎么办').fill(answer)
  await card.getByRole('button', { name: '退回去', exact: true }).click()
  await card.waitFor({ state: 'detached' })
  await context.close()
  await office.remove()
}

/** How often a paper number stands in this year's list of the office. */
async function timesAtOffice(number: string): Promise<number> {
  const office = await newProfile()
  const context = await office.open(DESK)
  const page = await firstPage(context)
  await page.goto(`${DEMO.coordinator()}/app/desk`)
  await page.locator('[data-metric="disputes"]').first().waitFor()
  const times = await timesListed(page, number)
  await context.close()
  await office.remove()
  return times
}
