import { expect, it } from 'vitest'
import { killAt } from '#tools/prove/kill-browser.ts'
import { DEMO } from './support/demo.ts'

it(
  '[I-1] a browser killed while somebody writes has everything that it called saved, once',
  { timeout: 300_000 },
  async () => {
    const { pass, figures } = await killAt(DEMO.mediator(), 2)
    expect(pass, JSON.stringify(figures)).toBe(true)
  },
)
