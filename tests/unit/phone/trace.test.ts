import { describe, expect, it } from 'vitest'
import { faultOf, noteTrouble, readTroubles } from '#phone/trace.ts'
import { watchTroubles } from '#app/watch-troubles.ts'
import { cell } from '#phone/live.ts'
import type { SyncStatus } from '#phone/api.ts'

const memory = () => {
  let text: string | null = null
  return { get: () => text, set: (next: string) => void (text = next) }
}
const NAME = '王长顺'

describe('what went wrong on a phone', () => {
  it('[L-45] is kept outside the database, counted, and bounded, whatever is written there already', () => {
    const kept = memory()
    kept.set('{not a list')
    for (let at = 1; at <= 3; at++) noteTrouble(kept, { what: 'lost-gone' }, at)
    expect(readTroubles(kept)).toEqual([{ what: 'lost-gone', where: '', times: 3, first: 1, last: 3 }])
    for (let at = 0; at < 1000; at++) noteTrouble(kept, { what: 'fault-Error', where: `a.js:${at}:1` }, at)
    expect(readTroubles(kept)).toHaveLength(30)
    expect((kept.get() ?? '').length).toBeLessThan(5000)
    kept.set('[{"what":1},null,7]')
    expect(readTroubles(kept)).toEqual([])
  })

  it('[L-45] holds no word that anybody typed: names and places of our own code, never a message', () => {
    const kept = memory()
    const typed = new TypeError(`cannot read ${NAME} at /assets/x.js`)
    typed.stack = `TypeError: ${NAME}\n at save (https://a.example/assets/open-notebook-Bx4.js:12:345)\n at ${NAME}`
    class Own extends Error {
      override name = NAME
    }
    for (const error of [typed, new Own(NAME), NAME, null, { name: 7, stack: {} }, { name: `${NAME}Error` }])
      noteTrouble(kept, faultOf(error), 1)
    noteTrouble(kept, { what: NAME }, 1)
    expect(kept.get()).not.toContain(NAME)
    expect(readTroubles(kept).map(({ what, where, times }) => [what, where, times])).toEqual([
      ['fault-TypeError', 'open-notebook-Bx4.js:12:345', 1],
      ['fault-Unknown', '', 5],
      ['other', '', 1],
    ])
  })

  it('[L-45] is noted by itself: faults of a page, a store that is lost, a login that ran out, each once', () => {
    const kept = memory()
    const page = new EventTarget()
    const watch = watchTroubles(page as unknown as Window, kept, () => 5)
    page.dispatchEvent(Object.assign(new Event('error'), { error: new RangeError('x') }))
    page.dispatchEvent(Object.assign(new Event('unhandledrejection'), { reason: new Error('x') }))
    const status = cell<SyncStatus>()
    watch.follow(status)
    const one = (more: Partial<SyncStatus>) =>
      status.set({ vanished: null, needsLogin: false, store: null, ...more } as SyncStatus)
    one({})
    for (let times = 0; times < 3; times++) one({ needsLogin: true })
    one({ store: 'gone', needsLogin: true })
    one({ vanished: 4 })
    one({ needsLogin: true })
    watch.note('save-storage-full')
    expect(readTroubles(kept).map(({ what, times }) => `${what} ${times}`)).toEqual([
      'fault-RangeError 1',
      'fault-Error 1',
      'lost-gone 1',
      'vanished 1',
      'needs-login 2',
      'save-storage-full 1',
    ])
  })
})
