import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { TOWN } from '#tests/support/accounts-world.ts'
import { withDesk, type Desk } from '#tests/support/with-desk.ts'
import { askAsPhone } from './support/as-phone.ts'
import { faultsOf } from './support/faults.ts'
import { misfits, untilAtRest, wear } from './support/look.ts'
import { openTown, type OfficeTown } from './support/office.ts'

const WAIT = { timeout: 30_000 }
const PICTURES = fileURLToPath(new URL('./pictures/', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'mb-devices-'))
let town: OfficeTown
let desk: Desk

beforeAll(async () => {
  town = await openTown(folder)
  desk = await withDesk(town.world, '李守田', [['coordinator', TOWN]])
}, 120_000)
afterAll(async () => {
  await town?.close()
  rmSync(folder, { recursive: true, force: true })
})

it('[TR-20] a second computer is told to the first, which says that it is theirs, and signs it out', async () => {
  const first = await town.atDesk(desk)
  await first.getByText('用你的名字进来了').first().waitFor(WAIT)
  await first.screenshot({ path: `${PICTURES}desktop-told.png` })
  const second = await town.atDesk(desk)
  await first.goto(`${town.origin}/app/me/devices`)
  await first.getByText('就是这一部').waitFor(WAIT)
  await first.setViewportSize({ width: 360, height: 780 })
  await first.screenshot({ path: `${PICTURES}phone-devices-two.png` })
  await wear(first, { size: 30, theme: 'dark' })
  expect(await misfits(first)).toEqual([])
  await wear(first, { size: 18, theme: 'light' })
  await first
    .getByRole('button', { name: /电脑.*新来的/ })
    .first()
    .click()
  await untilAtRest(first)
  await first.screenshot({ path: `${PICTURES}phone-devices-new.png` })
  await first.getByRole('button', { name: '是我的', exact: true }).click()
  await first.getByText('好，记下了').waitFor(WAIT)
  await first.getByRole('button', { name: /电脑/ }).first().click()
  await first.getByRole('button', { name: '让它退出' }).click()
  await first.getByText('它退出了').waitFor(WAIT)
  const answer = await second.evaluate(async () => (await fetch('/api/me')).status)
  expect(answer).toBe(401)
})

it('[TR-08] a lost phone is locked from the desk after the second factor was shown once more', async () => {
  const phone = await town.byCard('赵春梅')
  const office = await town.atDesk(desk)
  town.world.clock.at += 6 * 60_000
  await office.goto(`${town.origin}/app/people`)
  await office.getByRole('button', { name: '是本人' }).click(WAIT)
  await office.getByRole('button', { name: /^赵春梅/ }).click(WAIT)
  await office.screenshot({ path: `${PICTURES}desktop-device-orders.png` })
  await office.getByRole('button', { name: '锁上' }).click()
  await office.getByLabel('六位数字').fill('000000', WAIT)
  await office.getByRole('button', { name: '是我，接着办' }).click()
  await office.getByText('数字不对').waitFor(WAIT)
  await untilAtRest(office)
  await office.screenshot({ path: `${PICTURES}desktop-prove.png` })
  await office.getByLabel('六位数字').fill(desk.code())
  await office.getByRole('button', { name: '是我，接着办' }).click()
  await office.getByText('要它锁上，还没联系上').or(office.getByText('已经锁上')).waitFor(WAIT)
  expect((await askAsPhone(phone, '/api/me')).status).toBe(423)
  const orders = await town.world.rows(sql`SELECT sort FROM device_order`)
  expect(orders).toEqual([{ sort: 'lock' }])
})

it('[TR-06] the phone of somebody who leaves office locks, and stands on the list until it is emptied', async () => {
  const phone = await town.byCard('钱大山')
  const office = await town.atDesk(desk)
  await office.goto(`${town.origin}/app/people`)
  await office.getByRole('button', { name: '是本人' }).click(WAIT)
  await office.getByRole('button', { name: /^钱大山/ }).click(WAIT)
  await office.getByRole('button', { name: '结束职务' }).click(WAIT)
  await office.getByRole('button', { name: '真的结束' }).waitFor(WAIT)
  expect((await askAsPhone(phone, '/api/me')).status).toBe(200)
  expect(await faultsOf(office, 'leaving')).toEqual([])
  await office.getByRole('button', { name: '真的结束' }).click()
  await office.getByRole('heading', { name: '离任的人' }).waitFor(WAIT)
  expect(await askAsPhone(phone, '/api/me')).toMatchObject({ status: 401, body: { reason: 'signed-out' } })
  await phone.reload()
  await phone.getByText('司法所把这部手机锁上了').waitFor({ timeout: 60_000 })
  await untilAtRest(office)
  await office.screenshot({ path: `${PICTURES}desktop-left.png` })
  await expect
    .poll(
      async () =>
        (
          await town.world.rows(sql`
    SELECT o.obeyed_at IS NOT NULL AS obeyed FROM device_order o JOIN device d ON d.id = o.device
      JOIN account a ON a.id = d.account WHERE a.state = 'disabled'`)
        )[0]?.['obeyed'],
      { timeout: 60_000 },
    )
    .toBe(true)
})
