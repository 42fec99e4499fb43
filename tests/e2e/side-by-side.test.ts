import { expect, it } from 'vitest'
import { firstPage, newProfile } from './support/browser.ts'
import { DEMO } from './support/demo.ts'
import { ListScreen } from './screens/list-screen.ts'
import { LogScreen } from './screens/log-screen.ts'

it('[I-30] two people side by side in one browser stay themselves', async () => {
  const profile = await newProfile()
  const context = await profile.open()
  const mediator = await firstPage(context)
  const understander = await context.newPage()
  await mediator.goto(`${DEMO.mediator()}/app/me`)
  await understander.goto(`${DEMO.understander()}/app/me`)
  await mediator.getByRole('heading', { name: '赵春梅' }).waitFor()
  await understander.getByRole('heading', { name: '和秀英' }).waitFor()

  await understander.goto(`${DEMO.understander()}/app/`)
  const log = new LogScreen(understander)
  await log.begin()
  await log.outreach('入户', '打工挣钱', '10')
  const list = new ListScreen(understander)
  await log.toToday()
  await expect.poll(() => list.word('入户讲打工挣钱').innerText(), { timeout: 20_000 }).toContain('交上去了')
  // Casework never reaches an understander's phone.
  await understander.goto(`${DEMO.understander()}/app/records`)
  await list.row('入户讲打工挣钱').waitFor()
  expect(await understander.getByText('陈家和吴家').count()).toBe(0)

  await mediator.reload()
  await mediator.getByRole('heading', { name: '赵春梅' }).waitFor()
  await context.close()
  await profile.remove()
})
