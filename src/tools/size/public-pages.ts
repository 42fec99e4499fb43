import { join } from 'node:path'
import type { PublicContext } from '#server/pages/context.ts'
import { renderArticlePage } from '#server/pages/article-page.ts'
import { publicStylesheet } from '#server/pages/stylesheet.ts'
import { renderTopicsPage } from '#server/pages/topics-page.ts'
import { loadContent } from '#server/content/load-content.ts'
import { dayOf } from '#domain/time/day.ts'
import { ROOT } from '../steps/run.ts'
import type { Measured } from './measure.ts'

/** The largest page a villager can open, HTML before compression, over every item of the content as it stands. */
export async function measurePublicPages(): Promise<Measured> {
  const today = dayOf(Date.now())
  const content = await loadContent(join(ROOT, 'seeds'), today)
  if (!content.ok) throw new Error('the content does not compile; npm run content -- check says why')
  const context: PublicContext = {
    origin: 'https://mingbai.example.gov.cn',
    village: null,
    helpers: [],
    sponsor: null,
    filingNo: null,
    demo: true,
    today,
    registry: content.value.registry,
    stylesheet: publicStylesheet().path,
    size: 18,
    path: '/',
    changeVillageHref: null,
    leaveWordHref: null,
  }
  const pages = [
    renderTopicsPage(content.value.items, context),
    ...content.value.items.map((item) => renderArticlePage(item, context)),
  ]
  return {
    name: 'largest public page, HTML',
    bytes: Math.max(...pages.map((page) => Buffer.byteLength(page))),
    limit: 60_000,
  }
}
