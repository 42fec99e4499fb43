import { withDemo } from './demo-bench.ts'
import { fillVillage } from './fill-village.ts'
import type { Workload } from './workload.ts'

const RECORDS = 50_000
const THROTTLE = 6

/** Looks at the heap ten times a second and at every task of over fifty milliseconds. */
const WATCH = `(() => {
  globalThis.worst = { heap: 0, task: 0 }
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) worst.task = Math.max(worst.task, one.duration)
  }).observe({ type: 'longtask', buffered: false })
  setInterval(() => { worst.heap = Math.max(worst.heap, performance.memory.usedJSHeapSize) }, 100)
})()`

/** W16: a region of fifty thousand records on a slow phone. */
export const memoryWorkload: Workload = {
  names: ['W16'],
  run: (say) =>
    withDemo(say, async ({ demo, open }) => {
      say(`filling a village with ${RECORDS}`)
      await fillVillage(demo.mediator, RECORDS)
      const tab = await open(demo.mediator)
      await tab.page.evaluate('bench.enter().then((one) => void (globalThis.phone = one))')
      await tab.page.evaluate(WATCH)
      await tab.throttle(THROTTLE)
      say(`pulling ${RECORDS} at a sixth of the speed`)
      const took = await tab.page.evaluate<number>(`bench.pullUntil(phone, ${RECORDS})`)
      const worst = await tab.page.evaluate<{ heap: number; task: number }>('worst')
      return [
        {
          w: 'W16',
          name: `peak heap while pulling ${RECORDS} records, ${THROTTLE}× CPU`,
          value: worst.heap / 1e6,
          unit: 'MB',
          floor: null,
          goal: { of: 'value', is: 'at most', limit: 80 },
          runs: [],
        },
        {
          w: 'W16',
          name: 'longest task on the page meanwhile',
          value: worst.task,
          unit: 'ms',
          floor: null,
          goal: { of: 'value', is: 'at most', limit: 100 },
          runs: [],
        },
        { w: 'W16', name: 'time', value: took, unit: 'ms', floor: null, goal: null, runs: [] },
      ]
    }),
}
