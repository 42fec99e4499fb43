import type { AxeBuilder } from '@axe-core/playwright'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const beside = createRequire(import.meta.resolve('@axe-core/playwright'))
const { source } = beside('axe-core') as { source: string }
type Results = Awaited<ReturnType<AxeBuilder['analyze']>>

declare global {
  interface Window {
    axe?: { run(context: Document, options: object): Promise<Results> }
  }
}

/**
 * What axe finds serious or critical on a page as it stands now: rule and first element. Every rule of axe is run, as AxeBuilder would;
 * only what passed is not brought back, the library is put into a document once, and no second page is opened to add up frames, which
 * is most of what AxeBuilder's time goes into. Pages with frames are refused, because what is in a frame would not be looked at.
 */
export async function seriousFaults(page: Page): Promise<string[]> {
  if (page.frames().length > 1) throw new Error('a page with frames')
  if (!(await page.evaluate(() => window.axe !== undefined))) await page.evaluate(source)
  return page.evaluate(async () => {
    const { violations = [] } = (await window.axe?.run(document, { resultTypes: ['violations'] })) ?? {}
    return violations
      .filter((one) => one.impact === 'serious' || one.impact === 'critical')
      .map((one) => `${one.id} ${one.nodes[0]?.target.join(' ')}`)
  })
}
