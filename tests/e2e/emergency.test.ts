import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { COUNTY, TOWN, VILLAGE } from '#tests/support/accounts-world.ts'
import { plant } from '#tests/support/desk/desk-world.ts'
import { makeDispute } from '#tests/support/make-dispute.ts'
import { withDesk } from '#tests/support/with-desk.ts'
import { misfits, wear } from './support/look.ts'
import { openTown, type OfficeTown } from './support/office.ts'

const WAIT = { timeout: 30_000 }
const PICTURES = fileURLToPath(new URL('./pictures/', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'mb-emergency-'))
let town: OfficeTown

beforeAll(async () => {
  town = await openTown(folder)
}, 120_000)
afterAll(async () => {
  await town?.close()
  rmSync(folder, { recursive: true, force: true })
})

it('[TR-25] one asks by the number in the book, another agrees, the file opens, and whoever handles it is told', async () => {
  const phone = await town.byCard('赵春梅')
  await town.world.database.as('accounts', {}, (tx) =>
    tx.execute(sql`UPDATE device SET state = 'confirmed' WHERE state = 'provisional'`),
  )
  const [owner] = await town.world.rows(sql`SELECT id FROM person WHERE name = '赵春梅'`)
  const body = { ...makeDispute({ paperNo: '石桥 2026–A017' }), flags: ['violence'], facts: '他说今晚要动手' }
  await plant(town.world.database, [
    { id: randomUUID(), kind: 'dispute', region: VILLAGE, body, recorder: String(owner?.['id']) },
  ])
  const [asker, second] = [
    await withDesk(town.world, '李守田', [['coordinator', TOWN]]),
    await withDesk(town.world, '白云', [['administrator', COUNTY]]),
  ]
  const asking = await town.atDesk(asker)
  await asking.goto(`${town.origin}/app/desk/emergency`)
  await asking.getByLabel('本子上的号').fill('石桥2026-a017', WAIT)
  await asking.getByRole('button', { name: '请另一位同意' }).click()
  await asking.getByText('写一句为什么').waitFor(WAIT)
  await asking.getByLabel('为什么要急着看').fill('当事人来电说今晚要动手，要找他家人')
  await asking.getByRole('button', { name: '请另一位同意' }).click()
  await asking.getByText('等人同意').waitFor(WAIT)
  await asking.screenshot({ path: `${PICTURES}desktop-emergency-asked.png`, fullPage: true })

  const agreeing = await town.atDesk(second)
  await agreeing.setViewportSize({ width: 360, height: 780 })
  await agreeing.goto(`${town.origin}/app/desk/emergency`)
  await agreeing.getByRole('button', { name: '同意，看一天' }).waitFor(WAIT)
  await agreeing.screenshot({ path: `${PICTURES}phone-emergency-agree.png`, fullPage: true })
  await wear(agreeing, { size: 30, theme: 'dark' })
  expect(await misfits(agreeing)).toEqual([])
  await wear(agreeing, { size: 18, theme: 'light' })
  await agreeing.getByRole('button', { name: '同意，看一天' }).click()
  await agreeing.getByText('同意了，办这件的人会知道').waitFor(WAIT)

  await asking.reload()
  await asking.getByRole('link', { name: '去看这一件' }).click(WAIT)
  await asking.getByText('他说今晚要动手').waitFor(WAIT)

  await phone.goto(`${town.origin}/app/`)
  await phone.getByText('因为有人可能有危险').waitFor({ timeout: 60_000 })
  await phone.screenshot({ path: `${PICTURES}phone-told.png` })
  await phone.getByRole('button', { name: '知道了' }).click()
  await expect.poll(() => phone.getByText('因为有人可能有危险').count(), WAIT).toBe(0)
})
