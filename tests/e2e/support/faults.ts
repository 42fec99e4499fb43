import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { seriousFaults } from './axe.ts'
import { misfits, SIZES, THEMES, untilAtRest, wear } from './look.ts'

const PICTURES = fileURLToPath(new URL('../pictures/', import.meta.url))
const WIDTHS = [320, 360, 412] as const

/**
 * What is wrong with a page as it stands now: what does not fit in four sizes, three themes and three widths, and what axe finds
 * serious in two sizes and two themes. Its picture is taken on the way.
 */
export async function faultsOf(page: Page, name: string): Promise<string[]> {
  const faults: string[] = []
  const before = page.viewportSize() ?? { width: 360, height: 780 }
  await wear(page, { size: 18, theme: 'light' })
  await untilAtRest(page)
  mkdirSync(PICTURES, { recursive: true })
  await page.screenshot({ path: `${PICTURES}phone-${name}.png` })
  for (const theme of THEMES)
    for (const size of SIZES) {
      await wear(page, { size, theme })
      for (const width of WIDTHS) {
        await page.setViewportSize({ ...before, width })
        for (const fault of await misfits(page)) faults.push(`${name} ${size} ${theme} ${width}: ${fault}`)
      }
      await page.setViewportSize(before)
      if (theme === 'sun' || size === 22 || size === 26) continue
      for (const one of await seriousFaults(page)) faults.push(`${name} ${size} ${theme}: ${one}`)
    }
  await wear(page, { size: 18, theme: 'light' })
  return faults
}
