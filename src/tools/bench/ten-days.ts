import type { Route } from 'playwright-core'
import pg from 'pg'
import type { Id } from '#domain/id.ts'
import { withDemo } from './demo-bench.ts'
import { exactly, timesFloor, watched } from './figures.ts'
import { call } from './phone-bench.ts'
import type { Tab } from './tabs.ts'
import type { Measurement, Workload } from './workload.ts'

/** Fewer photographs than in ten real days, because each costs a line like this several seconds. */
const WHAT = { cases: 300, edits: 2000, refused: 50, photos: 30, photoBytes: 300_000 }

/** The usual "slow 4G": bits a second up and down, and milliseconds there and back. */
const LINK = { up: 750_000, down: 1_600_000, trip: 150 }
/** Photographs go over a line ten times as fast, or the run would take ten minutes; which of them goes first is what counts. */
const PHOTO_SPEED = 10
/** The answer to every so manyth request is cut. */
const CUT = 5

interface Line {
  /** What the line itself needs for the exchanges that were not cut, ms. */
  linkMs: number
  requests: number
  cut: number
  /** Bytes of photographs that went while text still waited. */
  tooEarly: number
  textIsGone: boolean
}

/** A slow line that loses answers after the server has done what was asked. */
async function slowLine(tab: Tab): Promise<Line> {
  const line: Line = { linkMs: 0, requests: 0, cut: 0, tooEarly: 0, textIsGone: false }
  await tab.page.route('**/api/**', async (route: Route) => {
    const request = route.request()
    const isText = request.url().includes('/api/sync/')
    const up = request.postDataBuffer()?.length ?? 0
    line.requests++
    const isCut = line.requests % CUT === 0
    const speed = isText ? 1 : PHOTO_SPEED
    if (!isText && !line.textIsGone && request.method() === 'PATCH') line.tooEarly += up
    const answer = await route.fetch().catch(() => null)
    if (!answer) return route.abort('connectionreset')
    const down = (await answer.body()).length
    const ms = LINK.trip + ((up * 8000) / LINK.up + (down * 8000) / LINK.down) / speed
    await new Promise((resolve) => setTimeout(resolve, ms))
    if (isCut) {
      line.cut++
      return route.abort('connectionreset')
    }
    if (isText) line.linkMs += ms
    return route.fulfill({ response: answer })
  })
  return line
}

const MADE = `(SELECT id FROM record WHERE id = ANY($1::uuid[]))`

/** What of it the server has: cases, edits that are the last of their case, and photographs with all their bytes. */
async function arrived(sql: pg.Client, ids: readonly Id[]) {
  const { rows } = await sql.query<{ cases: number; last: number; photos: number }>(
    `SELECT (SELECT count(*)::int FROM record WHERE id IN ${MADE}) AS cases,
            (SELECT count(*)::int FROM record WHERE id IN ${MADE} AND body->>'place' LIKE '第%') AS last,
            (SELECT count(*)::int FROM attachment WHERE stored_at IS NOT NULL AND record IN ${MADE}) AS photos`,
    [ids],
  )
  return rows[0] ?? { cases: 0, last: 0, photos: 0 }
}

/** W10: ten days without a signal, then a bad one. */
export const tenDaysWorkload: Workload = {
  names: ['W10'],
  run: (say): Promise<Measurement[]> =>
    withDemo(say, async ({ demo, url, open }) => {
      const tab = await open(demo.mediator)
      await tab.page.evaluate('bench.enter().then((one) => void (globalThis.phone = one))')
      await call(tab, 'bench.look(phone)')
      say('ten days without a signal')
      const ids = await call<Id[]>(tab, `bench.tenDays(phone, ${JSON.stringify(WHAT)})`)
      say('a slow line on which every fifth answer is lost')
      const line = await slowLine(tab)
      await tab.page.exposeFunction('textIsGone', () => void (line.textIsGone = true))
      await tab.page.evaluate(
        `phone.notebook.status.subscribe((one) => { if (one && one.waiting === 0) textIsGone() }) && undefined`,
      )
      const took = await call<{ text: number; all: number }>(tab, 'bench.backInSignal(phone)')
      const refused = await call<number>(tab, 'phone.notebook.status.get().refused')
      const sql = new pg.Client({ connectionString: url })
      await sql.connect()
      const there = await arrived(sql, ids).finally(() => sql.end())
      return [
        timesFloor('W10', 'ten days offline: until all text was decided', took.text, 'ms', line.linkMs, 1.5),
        watched('W10', `ten days offline: until ${WHAT.photos} photographs were there`, took.all, 'ms'),
        watched('W10', `ten days offline: answers lost of ${line.requests}`, line.cut, 'requests'),
        exactly('W10', 'ten days offline: cases there', there.cases, WHAT.cases),
        exactly('W10', 'ten days offline: cases with their last edit', there.last, WHAT.cases),
        exactly('W10', 'ten days offline: photographs there', there.photos, WHAT.photos),
        exactly('W10', 'ten days offline: not accepted, shown', refused, WHAT.refused),
        exactly('W10', 'ten days offline: photographs sent before text', line.tooEarly, 0),
      ]
    }),
}
