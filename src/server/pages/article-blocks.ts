import type { BlockOf } from '#domain/content/block.ts'
import type { ContentItem } from '#domain/content/content-item.ts'
import { freshnessOf, lawChanges } from '#domain/content/freshness.ts'
import { reviewLine } from '#domain/content/review.ts'
import { findVersion } from '#domain/law/registry.ts'
import { contactRow, contactsFor } from './call.ts'
import type { PublicContext } from './context.ts'
import { html, type SafeHtml } from './html.ts'
import { icon } from './icons.ts'
import { breathing, chineseDay } from './wording.ts'

/** What a reader has to know before the answer: no longer given out, the law moved, or nobody looked for long. */
export function notice(item: ContentItem, context: PublicContext): SafeHtml | null {
  const state = freshnessOf(item, context.registry, context.today)
  if (state === 'current') return null
  if (state === 'to-review')
    return html`<p class="meta warn">${icon('info')}这一页有半年没核对了，先打 12348 问一问。</p>`
  const changes = lawChanges(item, context.registry, context.today)
  const heading = state === 'retired' ? '这一页不用了' : '法律有变化'
  return html`<section class="notice" role="note">
    <h2>${icon('warn')}${heading}</h2>
    ${changes.map(
      (one) =>
        html`<p>
          ${one.title}已经不是现行的了${one.replacedBy ? `，现在看《${one.replacedBy.name}》（${chineseDay(one.replacedBy.inForceFrom)}起施行）` : ''}。
        </p>`,
    )}
    <p>下面写的可能不对了，办事以前先打 12348 问清楚。</p>
  </section>`
}

/** Draft or signed, and when it was last compared with the law. */
export function reviewMeta(item: ContentItem): SafeHtml {
  const [year = 0, month = 0] = item.checkedOn.split('-').map(Number)
  const unsigned = item.review.state === 'unsigned'
  return html`<p class="meta">
    <span class="${unsigned ? 'warn' : 'ok'}">${icon('info')}${reviewLine(item)}</span
    ><span class="date">${year}年${month}月核对</span>
  </p>`
}

export const answer = (block: BlockOf<'answer'>): SafeHtml =>
  html`<section class="answer">
    <h2>一句话</h2>
    <p>${breathing(block.text)}</p>
  </section>`

export const danger = (block: BlockOf<'danger'>): SafeHtml =>
  html`<section class="danger">
    <p>${breathing(block.text)}</p>
    <a class="call danger" href="tel:${block.call}">${icon('call')}打 ${block.call}</a>
  </section>`

export const steps = (block: BlockOf<'steps'>): SafeHtml =>
  html`<section>
    <h2>怎么办</h2>
    <ul class="steps donts">
      ${block.donts.map((one) => html`<li><span class="dot no">${icon('cross')}</span><span>${one}</span></li>`)}
    </ul>
    <ol class="steps">
      ${block.steps.map((one, at) => html`<li><span class="dot" aria-hidden="true">${at + 1}</span><span>${one}</span></li>`)}
    </ol>
  </section>`

export const evidence = (block: BlockOf<'evidence'>): SafeHtml =>
  html`<section>
    <h2>留好这些</h2>
    <ul class="keep">
      ${block.items.map((one) => html`<li>${icon(one.icon)}<span>${one.label}</span></li>`)}
    </ul>
  </section>`

/** Each article with our sentence; the version's date is said once more in the closed part. */
export function basis(block: BlockOf<'basis'>, context: PublicContext): SafeHtml {
  const versions = new Map(
    block.citations.map((one) => [one.law, findVersion(context.registry, one.law, one.version)] as const),
  )
  return html`<section>
    <h2>法律怎么说</h2>
    <div class="card law">
      ${block.citations.map(
        (one) =>
          html`<div class="cite">
            <p class="cited">${one.title}</p>
            <p>${one.plain}</p>
          </div>`,
      )}
      <details>
        <summary>用的是哪一年的法${icon('next')}</summary>
        <ul>
          ${[...versions.values()].map((row) => row && html`<li>《${row.name.replace(/《/g, '〈').replace(/》/g, '〉')}》，${chineseDay(row.inForceFrom)}起施行</li>`)}
        </ul>
        <p>原文在国家法律法规数据库、最高人民法院网站都能查到。上面是大白话，不是原文。</p>
      </details>
    </div>
  </section>`
}

export function help(block: BlockOf<'help'>, context: PublicContext): SafeHtml {
  const contacts = block.slots.flatMap((slot) => contactsFor(slot, context))
  return html`<section class="help" id="help">
    <h2>谁能帮你${context.village ? html` <small>${context.village}</small>` : null}</h2>
    <ul class="card">
      ${contacts.map((one) => contactRow(one, one.phone === '110' ? 'danger' : 'soft'))}
    </ul>
  </section>`
}

export const story = (block: BlockOf<'story'>): SafeHtml =>
  html`<section class="story">
    <h2>讲个故事 <small>编的，不是真人真事</small></h2>
    ${block.paragraphs.map((one) => html`<p>${one}</p>`)}
  </section>`

/** Where and since when it holds, and who looked at it. */
export const scope = (item: ContentItem): SafeHtml =>
  html`<p class="scope">
    写于
    ${chineseDay(item.writtenOn)}，${
      item.review.state === 'signed'
        ? `${item.review.office}${item.review.lawyer}律师 ${chineseDay(item.review.signedOn)}核对`
        : '还没有律师核对'
    }。适用${item.area}，${chineseDay(item.validFrom)}以后的事。法律一变，这里会写明。
  </p>`
