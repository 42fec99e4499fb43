import { CATEGORIES } from '#domain/content/category.ts'
import type { ContentItem } from '#domain/content/content-item.ts'
import { isVisible } from '#domain/content/review.ts'
import { pathWithSize, type PublicContext } from './context.ts'
import { html } from './html.ts'
import { icon } from './icons.ts'
import { page } from './shell.ts'

/** Every question under its situation of life. Takes all items; what may not be shown is left out. */
export function renderTopicsPage(items: readonly ContentItem[], context: PublicContext): string {
  const shown = items.filter((item) => isVisible(item, context.demo ? 'demo' : 'production', context.today))
  const groups = CATEGORIES.map((one) => ({
    ...one,
    items: shown.filter((item) => item.category === one.id),
  }))
  const body = html`<main class="wide topics">
    <h1>遇到什么事？</h1>
    ${shown.length === 0 ? html`<p class="lead">这里还没有律师核对过的内容。有事先打 12348。</p>` : null}
    <div class="groups">
      ${groups
        .filter((one) => one.items.length > 0)
        .map(
          (one) =>
            html`<section id="${one.id}">
              <h2>${one.name}</h2>
              <ul class="card">
                ${one.items.map((item) => html`<li><a href="${pathWithSize(`/c/${item.slug}`, context.size)}">${item.title}${icon('next')}</a></li>`)}
              </ul>
            </section>`,
        )}
    </div>
  </main>`
  return page(context, {
    title: '遇到什么事？',
    description: '村里常见的法律问题，一问一答。',
    body,
    bar: null,
  })
}
