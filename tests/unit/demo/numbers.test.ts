import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { metricOf } from '#server/services/desk/metrics.ts'
import { archiveOf, readDemoSeeds } from '#server/demo/seed-files.ts'
import {
  acceptanceReports,
  foldedWorld,
  middayOf,
  numberOf,
  type FoldedWorld,
} from '#tests/support/demo/fold-plan.ts'

const ARCHIVE = new URL('../../../seeds/demo/archive.tsv', import.meta.url)
const NOW = middayOf('2026-05-08')

describe('the numbers of the invented county', () => {
  let world: FoldedWorld
  beforeAll(() => {
    world = foldedWorld(NOW)
  })

  for (const report of acceptanceReports())
    for (const row of report.rows)
      it(`[D-131] ${report.id} ${row.row}: ${row.wording}`, () => {
        const year = { from: `${report.year}-01-01`, to: `${report.year}-12-31` }
        expect(numberOf(world, row.metric, year)).toBe(row.value)
        const metric = metricOf(row.metric)
        expect(metric).toMatchObject({ kind: row.kind, unit: row.unit })
        const printed = metric?.printedBy.find((one) => one.report === report.id)
        expect(row.wording).toContain(printed?.wording)
      })

  it('[D-130] one line less is one dispute less, wherever it stands', () => {
    const lines = readFileSync(ARCHIVE, 'utf8').split('\n')
    const of2023 = lines.flatMap((line, at) => (line.startsWith('2023-') ? [at] : []))
    const year = { from: '2023-01-01', to: '2023-12-31' }
    const whole = numberOf(world, 'disputes', year)
    expect(whole).toBe(of2023.length)
    for (const at of [of2023[0], of2023[400], of2023.at(-1)]) {
      const archive = archiveOf(lines.filter((_line, index) => index !== at).join('\n'))
      const less = foldedWorld(NOW, { ...readDemoSeeds(), archive })
      expect(numberOf(less, 'disputes', year)).toBe(whole - 1)
    }
  }, 30_000)

  it('the stocks of today differ from those of the report modestly', () => {
    for (const [metric, from, to] of [
      ['mediators', 1560, 1750],
      ['understanders', 600, 760],
      ['committees', 131, 135],
      ['teams', 9, 9],
    ] as const) {
      const today = numberOf(world, metric, { from: '2026-01-01', to: '2026-05-08' })
      expect(today).toBeGreaterThanOrEqual(from)
      expect(today).toBeLessThanOrEqual(to)
    }
  })

  it('the shown township has in early May what the pictures show, about', () => {
    const period = { from: '2026-01-01', to: '2026-05-08' }
    const shown = (metric: string) => numberOf(world, metric, period, '999901101')
    expect(shown('disputes')).toBeGreaterThan(30)
    expect(shown('disputes')).toBeLessThan(46)
    expect(shown('settled') / shown('disputes')).toBeGreaterThan(0.75)
    expect(shown('outreach')).toBeGreaterThan(18)
    expect(shown('outreach')).toBeLessThan(30)
    expect(shown('attendances') / shown('outreach')).toBeGreaterThan(35)
    expect(shown('attendances') / shown('outreach')).toBeLessThan(85)
  })
})

describe('on any day of loading', () => {
  for (const day of ['2026-01-01', '2026-03-15', '2026-11-21', '2028-02-29'])
    it(`[D-134] months, places and townships add up on ${day}`, () => {
      const world = foldedWorld(middayOf(day))
      const year = day.slice(0, 4)
      const period = { from: `${year}-01-01`, to: day }
      for (const metric of [
        'disputes',
        'settled',
        'failed',
        'confirmed',
        'outreach',
        'attendances',
        'services',
      ]) {
        const total = numberOf(world, metric, period)
        const months = Array.from({ length: 12 }, (_, at) => `${year}-${String(at + 1).padStart(2, '0')}`)
        const byMonth = months.map((one) => numberOf(world, metric, { from: `${one}-01`, to: `${one}-31` }))
        expect(byMonth.reduce((sum, one) => sum + one, 0)).toBe(total)
        const byTownship = world.plan.places.townships.map((one) =>
          numberOf(world, metric, period, one.code.slice(0, 9)),
        )
        expect(byTownship.reduce((sum, one) => sum + one, 0)).toBe(total)
        const places = [...world.plan.places.townships, ...world.plan.places.villages]
        const byPlace = places.map((one) => numberOf(world, metric, period, one.code))
        expect(byPlace.reduce((sum, one) => sum + one, 0)).toBe(total)
      }
    }, 30_000)
})
