import type { Page } from 'playwright-core'
import { dayOf } from '#domain/time/day.ts'

/**
 * How often a paper number stands in this year's list of disputes of the demo's township, over all its pages.
 * @param page of the coordinator, whose session is asked with
 */
export const timesListed = (page: Page, number: string): Promise<number> =>
  page.evaluate(
    async ({ wanted, today }) => {
      const span = `region=999901101&metric=disputes&from=${today.slice(0, 4)}-01-01&to=${today}`
      let times = 0
      for (let at = 1, pages = 1; at <= pages; at++) {
        const answer = await fetch(`/api/desk/list?${span}&page=${at}`, { headers: { 'x-mingbai': '1' } })
        const list = (await answer.json()) as { pages: number; rows: { body: { paperNo?: string } }[] }
        pages = list.pages
        times += list.rows.filter((row) => row.body.paperNo === wanted).length
      }
      return times
    },
    { wanted: number, today: dayOf(Date.now()) },
  )
