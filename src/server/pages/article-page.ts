import type { Block } from '#domain/content/block.ts'
import { categoryName } from '#domain/content/category.ts'
import { blockOf, type ContentItem } from '#domain/content/content-item.ts'
import { freshnessOf } from '#domain/content/freshness.ts'
import * as blocks from './article-blocks.ts'
import { callButton, contactsFor, type Contact } from './call.ts'
import { pathWithSize, type PublicContext } from './context.ts'
import { html, type SafeHtml } from './html.ts'
import { icon } from './icons.ts'
import { printedAddress, qrCode } from './qr.ts'
import { page } from './shell.ts'
import { breathing } from './wording.ts'

function rendered(block: Block, context: PublicContext): SafeHtml {
  if (block.kind === 'basis') return blocks.basis(block, context)
  if (block.kind === 'help') return blocks.help(block, context)
  if (block.kind === 'steps') return blocks.steps(block)
  if (block.kind === 'evidence') return blocks.evidence(block)
  if (block.kind === 'danger') return blocks.danger(block)
  if (block.kind === 'story') return blocks.story(block)
  return blocks.answer(block)
}

const callable = (contact: Contact): boolean => contact.phone !== null

/** Two calls under the thumb: the first one to ask, and the hotline; the police where there is danger. */
function bar(item: ContentItem, context: PublicContext): SafeHtml | null {
  const contacts = (blockOf(item, 'help')?.slots ?? [])
    .flatMap((slot) => contactsFor(slot, context))
    .filter(callable)
  const emergency = contacts[0]?.phone === '110' && !contacts[0].local
  const first = emergency ? contacts[0] : (contacts.find((one) => one.local) ?? contacts[0])
  const second = contacts.find((one) => one !== first && !one.local && one.phone !== '110')
  if (!first) return null
  const words = first.local ? `${first.role || ''} ${first.name}`.trim() : first.name
  return html`<aside class="bar" aria-label="打电话">
    <p class="meta">
      <span>谁能帮你${context.village ? ` · ${context.village}` : ''}</span>${
        context.changeVillageHref
          ? html`<a href="${pathWithSize(context.changeVillageHref, context.size)}">换个村</a>`
          : null
      }
    </p>
    <div class="pair">
      ${callButton(first, emergency ? 'danger' : 'main', emergency ? '打 110' : words)}${second ? callButton(second, 'line', second.name) : null}
    </div>
  </aside>`
}

/** Only where paper or a second screen is near: the code to carry the page to a phone, and the poster. */
function carry(item: ContentItem, context: PublicContext): SafeHtml {
  return html`<section class="carry">
    <h2>带到手机上看</h2>
    <div class="code">${qrCode(`${context.origin}/s/${item.code}`)}</div>
    <p>${printedAddress(context.origin, item.code)}</p>
    <p><a href="/c/${item.slug}/poster">${icon('print')}打印一张海报</a></p>
  </section>`
}

const aside = (block: Block): boolean => block.kind === 'help'

/**
 * The page a shared link opens: complete HTML, no script, no cookie, everything escaped.
 * Takes the compiled item and what the server knows of the place; a retired item keeps its page with the notice on top.
 */
export function renderArticlePage(item: ContentItem, context: PublicContext): string {
  const retired = freshnessOf(item, context.registry, context.today) === 'retired'
  const shownFirst = item.blocks.filter((block) => block.kind === 'danger')
  const rest = item.blocks.filter((block) => block.kind !== 'danger' && !aside(block))
  const body = html`<main class="wide article">
    <div class="text">
      ${blocks.notice(item, context)}
      <p class="kind">
        <a href="${pathWithSize('/c', context.size)}#${item.category}">${categoryName(item.category)}</a>
      </p>
      <h1>${breathing(item.title)}</h1>
      ${blocks.reviewMeta(item)} ${shownFirst.map((block) => rendered(block, context))}
      ${rest.map((block) => rendered(block, context))} ${blocks.scope(item)}
    </div>
    <div class="side">
      ${item.blocks.filter(aside).map((block) => rendered(block, context))}
      ${retired ? null : carry(item, context)}
    </div>
  </main>`
  const description = blockOf(item, 'answer')?.text ?? ''
  const robots = item.review.state === 'unsigned' || retired ? { robots: 'noindex' as const } : {}
  return page(context, { title: item.title, description, body, bar: bar(item, context), ...robots })
}
