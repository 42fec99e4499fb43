import { afterAll, beforeAll, expect, it } from 'vitest'
import { ListScreen } from './screens/list-screen.ts'
import { DEMO } from './support/demo.ts'
import { openPhones, type Phones, type TestPhone } from './support/phones.ts'

let phones: Phones
let phone: TestPhone
beforeAll(async () => {
  phones = await openPhones()
  phone = await phones.open()
})
afterAll(() => phones.close())

/** What a cleaner of phones does: the databases are gone, the line of text beside them is not. */
async function emptied() {
  const browser = await phone.context.newCDPSession(phone.page)
  await phone.page.goto('about:blank')
  await browser.send('Storage.clearDataForOrigin', { origin: DEMO.mediator(), storageTypes: 'indexeddb' })
  expect(
    await phone.page
      .goto(`${DEMO.mediator()}/app/repair`)
      .then(() => phone.page.evaluate(async () => (await indexedDB.databases()).length)),
  ).toBe(0)
}

it(
  '[TR-06] [TR-33] records that something cleared from the phone are told with the number not handed in; what was handed in comes back',
  { timeout: 180_000 },
  async () => {
    await phone.writeDispute('毛大山', '桑小燕')
    await phone.page.getByRole('heading', { name: '存好了' }).waitFor()
    await phone.goto('records')
    await phone.isOpen()
    const handedIn = new ListScreen(phone.page)
    await expect
      .poll(() => handedIn.word('毛家和桑家').innerText(), { timeout: 60_000 })
      .toContain('交上去了')
    await phone.goto()
    await phone.isOpen()
    await phone.context.setOffline(true)
    for (const [first, second] of [
      ['殷大水', '柏小红'],
      ['瞿大年', '甘小梅'],
    ] as const) {
      await phone.writeDispute(first, second)
      await phone.page.getByRole('heading', { name: '存好了' }).waitFor()
      await phone.goto()
      await phone.isOpen()
    }
    await emptied()
    await phone.context.setOffline(false)
    await phone.again()
    await phone.page.getByText('这部手机里的记录被清掉了，有 2 处没来得及交。').waitFor()
    await phone.page.getByRole('link', { name: '看看怎么办' }).click()
    await phone.page.getByText('请告诉司法所，照本子再记一遍').waitFor()
    await phone.page.getByRole('button', { name: '知道了' }).click()
    await phone.goto('records')
    await phone.isOpen()
    await expect.poll(() => phone.timesListed('毛家和桑家'), { timeout: 60_000 }).toBe(1)
    expect(await phone.timesListed('殷家和柏家')).toBe(0)
  },
)
