// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

const MINUTE = 60_000

/** A page whose clocks stand still until a test moves them; every look at it registers anew. */
async function page() {
  const { autoLock } = await import('#app/auto-lock.ts')
  const on = { lock: vi.fn<() => void>(), drop: vi.fn<() => void>() }
  autoLock(on)
  return on
}

function look(state: 'visible' | 'hidden') {
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue(state)
  document.dispatchEvent(new Event('visibilitychange'))
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('an open vault', () => {
  it('[TR-05] locks after five minutes without a touch, and not while somebody writes', async () => {
    const on = await page()
    for (let at = 0; at < 4; at++) {
      vi.advanceTimersByTime(2 * MINUTE)
      document.dispatchEvent(new Event('input'))
    }
    expect(on.lock).not.toHaveBeenCalled()
    vi.advanceTimersByTime(5 * MINUTE - 1)
    expect(on.lock).not.toHaveBeenCalled()
    vi.advanceTimersByTime(5001)
    expect(on.lock).toHaveBeenCalled()
  })

  it('[TR-05] locks after a minute out of sight, and at the first look when the phone slept through it', async () => {
    const on = await page()
    look('hidden')
    vi.advanceTimersByTime(MINUTE - 10)
    expect(on.lock).not.toHaveBeenCalled()
    look('visible')
    vi.advanceTimersByTime(20_000)
    expect(on.lock).not.toHaveBeenCalled()
    look('hidden')
    vi.advanceTimersByTime(MINUTE + 1)
    expect(on.lock).toHaveBeenCalled()

    const slept = await page()
    look('hidden')
    // No timer rang: the phone was asleep.
    vi.setSystemTime(Date.now() + 2 * MINUTE)
    look('visible')
    expect(slept.lock).toHaveBeenCalled()
  })

  it('[TR-05] is closed at once when the browser puts the page to sleep', async () => {
    const on = await page()
    document.dispatchEvent(new Event('freeze'))
    expect(on.drop).toHaveBeenCalled()
    expect(document.documentElement.hasAttribute('data-locked')).toBe(true)
    document.documentElement.removeAttribute('data-locked')
  })
})
