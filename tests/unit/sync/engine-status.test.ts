import { describe, expect, it } from 'vitest'
import { next, START } from '#sync/engine/machine.ts'
import { classify, type StatusClass } from '#sync/engine/status.ts'

/** What each status means, written down apart from the function; every other one is weather. */
const MEANINGS: Record<Exclude<StatusClass, 'weather'>, readonly number[]> = {
  answer: [200],
  login: [401, 403],
  smaller: [400, 413, 422],
  slow: [408, 504],
  busy: [
    425,
    429,
    ...Array.from({ length: 100 }, (_, at) => 500 + at).filter((one) => one !== 504 && one !== 511),
  ],
}

const meant = (status: number): StatusClass => {
  const found = Object.entries(MEANINGS).find(([, all]) => all.includes(status))
  return (found?.[0] as StatusClass | undefined) ?? 'weather'
}

const env = { now: 1000, random: 0.5, visible: true, waiting: true, pollMs: 60_000 }

describe('every status there is', () => {
  it.each(Array.from({ length: 500 }, (_, at) => at + 100))('[L-8] %i', (status) => {
    expect(classify(status)).toBe(meant(status))
    expect(classify(status, 'application/json')).toBe(meant(status))
  })

  it('[L-8] a page that forbids is a firewall’s and not ours: nobody is asked to sign in', () => {
    expect(classify(403, 'text/html')).toBe('weather')
    expect(classify(403, 'application/json; charset=utf-8')).toBe('login')
  })

  it('[L-8] a page that does not like a request is somebody else’s: no op is taken for the reason', () => {
    for (const status of [400, 422]) {
      expect(classify(status, 'text/html')).toBe('weather')
      expect(classify(status, 'application/json; charset=utf-8')).toBe('smaller')
    }
    expect(classify(413, 'text/html'), 'a size is everybody’s to judge').toBe('smaller')
  })

  it('[L-7] leads somewhere the queue goes on from, whatever it is', () => {
    for (let status = 100; status < 600; status++) {
      const exchanging = { ...START, name: 'exchanging' as const }
      const [after, effects] = next(exchanging, { is: 'refused', status, retryAfterMs: 0 }, env)
      const goesOn = effects.some((one) => one.do === 'timer' || one.do === 'exchange')
      expect(goesOn || after.name === 'needs-login', String(status)).toBe(true)
    }
  })
})
