import { dialHref } from '#domain/dial.ts'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ContentItem } from '#domain/content/content-item.ts'
import { renderArticlePage } from '#server/pages/article-page.ts'
import { readSize, SIZES, type PublicContext } from '#server/pages/context.ts'
import { renderHelpPage } from '#server/pages/help-page.ts'
import { escapeHtml, html, safeHref } from '#server/pages/html.ts'
import { renderNotFoundPage } from '#server/pages/not-found-page.ts'
import { renderPosterPage } from '#server/pages/poster-page.ts'
import { publicStylesheet } from '#server/pages/stylesheet.ts'
import { renderTopicsPage } from '#server/pages/topics-page.ts'
import type { LoadedContent } from '#server/content/load-content.ts'
import { seededContent, TODAY } from '../../domain/content/seeds.ts'

let content: LoadedContent
let context: PublicContext
const css = publicStylesheet()
beforeAll(async () => {
  content = await seededContent()
  context = {
    origin: 'https://mingbai.example',
    village: '石桥村（示例）',
    sponsor: null,
    filingNo: null,
    demo: true,
    today: TODAY,
    registry: content.registry,
    stylesheet: css.path,
    size: 18,
    path: '/c/pai-shui',
    changeVillageHref: null,
    leaveWordHref: null,
    helpers: [{ name: '赵春梅', role: 'mediator', phone: '0000-555 0101', when: '白天都在' }],
  }
})
const item = (slug: string): ContentItem => {
  const found = content.items.find((one) => one.slug === slug)
  if (!found) throw new Error(slug)
  return found
}
const everyPage = (): string[] => [
  ...content.items.flatMap((one) => [renderArticlePage(one, context), renderPosterPage(one, context)]),
  renderHelpPage(context),
  renderNotFoundPage(context),
  renderTopicsPage(content.items, context),
]

describe('escaping', () => {
  const NAUGHTY = [
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' onload='alert(1)",
    '</title><script>',
    '&lt;b&gt;',
    '<!--',
    ']]>',
    '${1}',
    '\u2028<svg/onload=1>',
  ]
  it('[D-80] the template escapes values, keeps its own markup, and drops null and false', () => {
    expect(html`<p title="${'"x'}">${"<b>&'"}${null}${false}${0}</p>`.markup).toBe(
      '<p title="&quot;x">&lt;b&gt;&amp;&#39;0</p>',
    )
    expect(html`${[html`<i>${'<'}</i>`, '>']}`.markup).toBe('<i>&lt;</i>&gt;')
  })

  /** Every public page with one word put into every place that takes words. */
  const pagesWith = (word: string): string[] => {
    const one = item('pai-shui')
    const bad: ContentItem = {
      ...one,
      title: word,
      posterTitle: word,
      area: word,
      blocks: one.blocks.map((block) => {
        if (block.kind === 'answer') return { ...block, text: word }
        if (block.kind === 'steps') return { ...block, steps: [word], donts: [word] }
        if (block.kind === 'evidence') return { ...block, items: [{ icon: 'camera' as const, label: word }] }
        if (block.kind !== 'basis') return block
        return { ...block, citations: block.citations.map((cite) => ({ ...cite, title: word, plain: word })) }
      }),
      review: { state: 'signed', lawyer: word, office: word, signedOn: TODAY },
    }
    const where: PublicContext = {
      ...context,
      village: word,
      sponsor: word,
      filingNo: word,
      origin: word,
      path: word,
      stylesheet: word,
      changeVillageHref: word,
      leaveWordHref: word,
      helpers: [{ name: word, role: 'mediator', phone: word, when: word }],
    }
    return [
      renderArticlePage(bad, where),
      renderPosterPage(bad, where),
      renderHelpPage(where),
      renderNotFoundPage(where),
      renderTopicsPage([bad], where),
    ]
  }
  /** The tags of a page with their attributes' names, without any value. */
  const skeleton = (page: string): string[] =>
    (page.match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/"[^"]*"/g, ''))

  it.each(NAUGHTY)('[D-80] %s stays text wherever it is put: not one tag or attribute more', (naughty) => {
    const pages = pagesWith(naughty)
    expect(pages.map(skeleton)).toEqual(pagesWith('平常').map(skeleton))
    expect(pages[0]).toContain(`<title>${escapeHtml(naughty)}</title>`)
  })

  it('[D-80] only our own paths, the configured host and telephone numbers become links', () => {
    for (const bad of ['javascript:alert(1)', 'data:text/html,x', '//evil.example', ' javascript:1'])
      expect(safeHref(bad)).toBe('#')
    for (const good of ['/c/x', 'tel:110', 'https://a.example']) expect(safeHref(good)).toBe(good)
    expect(dialHref('0000-555 0101')).toBe('tel:00005550101')
    expect(dialHref('+86 (0) 12')).toBe('tel:+86012')
    expect(dialHref('没有')).toBeNull()
  })
})

describe('public pages', () => {
  it('[D-81] no script, no inline style, nothing from elsewhere', () => {
    for (const page of everyPage()) {
      expect(page).not.toMatch(/<script|<style|\sstyle=|\son[a-z]+=|<iframe|<img|@import/i)
      const targets = [...page.matchAll(/(?:href|src)="([^"]*)"/g)].map((one) => one[1] ?? '')
      expect(targets.filter((one) => !/^(\/(?!\/)|tel:|#)/.test(one))).toEqual([])
    }
    expect(css.body).not.toMatch(/url\(|@import|:has\(|@container|dvh/)
  })

  it('[D-81] each stays within 60 KB with its stylesheet, 20 KB zipped, and the stylesheet within 12 KB', () => {
    const zipped = (text: string) => gzipSync(text).byteLength
    expect(zipped(css.body)).toBeLessThan(12_000)
    for (const page of everyPage()) {
      expect(Buffer.byteLength(page) + Buffer.byteLength(css.body)).toBeLessThan(60_000)
      expect(zipped(page) + zipped(css.body)).toBeLessThan(20_000)
    }
    expect(css.path).toMatch(/^\/assets\/public-[0-9a-f]{12}\.css$/)
  })

  it('[D-82] asks nobody to log in, install or share, and always offers somebody to call', () => {
    for (const page of everyPage()) {
      expect(page).not.toMatch(/登录|注册|安装|转发|分享|转给亲友|关注公众号/)
    }
    for (const one of content.items) {
      const page = renderArticlePage(one, { ...context, helpers: [], village: null })
      expect(page.match(/href="tel:\d+"/g)?.length ?? 0, one.slug).toBeGreaterThanOrEqual(2)
    }
  })

  it('[D-82] the title is the question, the village’s mediator stands in the bar', () => {
    const page = renderArticlePage(item('pai-shui'), context)
    expect(page).toContain('<title>邻居堵了我家排水沟，怎么办？</title>')
    const bar = page.slice(page.indexOf('class="bar"'))
    expect(bar).toContain('href="tel:00005550101"')
    expect(bar).toContain('调解员 赵春梅')
    expect(bar).toContain('href="tel:12348"')
  })

  it('[D-77] on a page about violence the first call is 110, above the answer and in the bar, and no mediator is named', () => {
    const page = renderArticlePage(item('jia-bao'), context)
    expect(page.indexOf('tel:110')).toBeLessThan(page.indexOf('class="answer"'))
    const bar = page.slice(page.indexOf('class="bar"'))
    expect(bar.indexOf('tel:110')).toBeGreaterThan(0)
    expect(page).not.toContain('赵春梅')
    expect(page).toContain('明白不会替你报警')
  })

  it('[D-68] a draft says so and is not for search engines', () => {
    const page = renderArticlePage(item('pai-shui'), context)
    expect(page).toContain('样稿，未经律师审核')
    expect(page).toContain('noindex')
    expect(renderTopicsPage(content.items, { ...context, demo: false })).not.toContain('href="/c/pai-shui"')
  })

  it('[D-70] a changed law and a retired page say so before the title', () => {
    const registry = content.registry.map((row) =>
      row.id === 'minfadian' ? { ...row, repealedOn: '2026-06-01' } : row,
    )
    const changed = renderArticlePage(item('pai-shui'), { ...context, registry })
    expect(changed.indexOf('法律有变化')).toBeGreaterThan(0)
    expect(changed.indexOf('法律有变化')).toBeLessThan(changed.indexOf('<h1>'))
    const retired = renderArticlePage({ ...item('pai-shui'), retiredOn: '2026-06-01' }, context)
    expect(retired.indexOf('这一页不用了')).toBeLessThan(retired.indexOf('<h1>'))
    expect(retired.indexOf('这一页不用了')).toBeGreaterThan(0)
    expect(retired).not.toContain('/poster')
  })

  it('[D-81] text size is a link, not a script, and goes with every link on the page', () => {
    expect([readSize('22'), readSize('30'), readSize('19'), readSize(undefined), readSize('<')]).toEqual([
      22, 30, 18, 18, 18,
    ])
    expect(renderArticlePage(item('pai-shui'), context)).toContain('href="/c/pai-shui?size=22"')
    const large = renderArticlePage(item('pai-shui'), { ...context, size: 26 })
    expect(large).toContain('class="s26"')
    expect(large).toContain('href="/c/pai-shui?size=30"')
    expect(large).toContain('href="/c?size=26')
    for (const size of SIZES) expect(renderHelpPage({ ...context, size })).toContain(`class="s${size}"`)
  })

  it('[D-82] helpers without a number are named without a button, and none is made up', () => {
    const helpers = [{ name: '和秀英', role: 'understander' as const, phone: null, when: null }]
    const page = renderHelpPage({ ...context, helpers })
    const row = page.slice(page.indexOf('和秀英'), page.indexOf('12348'))
    expect(row).not.toContain('tel:')
    expect(renderHelpPage({ ...context, helpers: [] })).not.toContain('tel:0000')
    expect(page).toContain('打 110')
  })

  it('[D-82] a poster carries title, three lines, the printed address, a code and two numbers', () => {
    for (const one of content.items) {
      const page = renderPosterPage(one, context)
      expect([...one.posterTitle].length, one.slug).toBeLessThanOrEqual(12)
      expect(page.match(/<li>/g)?.length).toBe(3)
      expect(page).toContain(`/s/${one.code}`)
      expect(page.match(/class="digits"/g)?.length).toBe(2)
      expect(page).toContain('内容截至 2026年11月')
    }
  })

  it('[D-80] a page that was not found does not repeat what was asked', () => {
    expect(
      renderNotFoundPage({ ...context, path: '/c/what-they-typed' }).match(/what-they-typed/g)?.length,
    ).toBe(1)
  })
})
