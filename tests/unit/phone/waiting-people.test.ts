import { afterEach, describe, expect, it } from 'vitest'
import { enterVault, leaveVault } from '#phone/enrolment.ts'
import { createNotebook } from '#phone/notebook.ts'
import { waitingPeople } from '#phone/waiting-people.ts'
import { SOMEBODY } from '#tests/support/make-rights.ts'
import { expectSound } from '#tests/support/phone-check.ts'
import { agreeEdit, disputeEdit } from '#tests/support/phone-people.ts'
import { TinyServer } from '#tests/support/phone-server.ts'
import { makeBrowser, makeMe, START_AT, when, type Browser } from '#tests/support/phone-world.ts'

let browser: Browser
afterEach(() => browser?.closeAll())

describe('whose work still waits on a phone', () => {
  it('[I-30] is told by name and number of records when somebody else signs in, and signing out removes none of it', async () => {
    browser = await makeBrowser(new TinyServer(() => START_AT), { device: 1 })
    browser.sky.now = 'down'
    const first = await browser.open()
    const [one, other] = [first.newId(), first.newId()]
    await first.save([disputeEdit(one)])
    await first.save([agreeEdit(one)])
    await first.save([disputeEdit(other)])
    await browser.closeAll()
    leaveVault(browser.ports)
    expect(await waitingPeople(browser.ports)).toEqual([{ vault: browser.vault, name: '赵春梅', records: 2 }])

    const entry = {
      me: makeMe({ person: SOMEBODY, name: '和秀英' }),
      device: 2,
      epoch: 'e1',
      scopeRev: 1,
    }
    const entered = await enterVault(entry, browser.ports)
    const second = await createNotebook(browser.ports, { vault: entered.ok ? entered.value : '' })
    await second.close()
    expect(await waitingPeople(browser.ports)).toEqual([{ vault: browser.vault, name: '赵春梅', records: 2 }])

    await enterVault({ me: makeMe(), device: 1, epoch: 'e1', scopeRev: 1 }, browser.ports)
    browser.sky.now = null
    const back = await browser.open()
    await back.tryNow()
    await when(back.status, (status) => status.waiting === 0)
    expect((await expectSound(browser)).ring).toHaveLength(3)
    expect(await waitingPeople(browser.ports)).toEqual([])
  })

  it('names nobody where nobody has entered', async () => {
    browser = await makeBrowser(new TinyServer(() => START_AT), { device: 1 })
    expect(await waitingPeople(browser.ports)).toEqual([])
  })
})
