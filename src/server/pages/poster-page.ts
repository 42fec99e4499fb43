import { blockOf, type ContentItem } from '#domain/content/content-item.ts'
import { contactsFor, type Contact } from './call.ts'
import type { PublicContext } from './context.ts'
import { html, safeHref, type SafeHtml } from './html.ts'
import { pictogram } from './pictogram.ts'
import { printedAddress, qrCode } from './qr.ts'

const withoutStop = (text: string): string => text.replace(/[。；]$/, '')

/** The first "don't" and two steps: what fits a wall. */
function lines(item: ContentItem): string[] {
  const block = blockOf(item, 'steps')
  const [dont = ''] = block?.donts ?? []
  return [dont, ...(block?.steps ?? [])].slice(0, 3).map(withoutStop)
}

/** The village's own mediator if there is one, else the first number of the item; and always the hotline. */
function numbers(item: ContentItem, context: PublicContext): Contact[] {
  const slots = blockOf(item, 'help')?.slots ?? []
  const all = slots.flatMap((slot) => contactsFor(slot, context)).filter((one) => one.phone !== null)
  const danger = blockOf(item, 'danger') !== null
  const other = all.find((one) => one.phone !== '12348') ?? contactsFor('12345', context)[0]
  const first = danger ? all[0] : (all.find((one) => one.local) ?? other)
  const hotline = { name: '法律热线', role: '问法律，不收钱', notes: [], phone: '12348', local: false }
  return [...(first ? [first] : []), hotline]
}

/** A number that is its own name (110) is introduced by what it is for. */
const caption = (contact: Contact): string =>
  contact.name === contact.phone
    ? (contact.notes[0] ?? '')
    : contact.role === ''
      ? contact.name
      : `${contact.role}　${contact.name}`

const numberBox = (contact: Contact): SafeHtml =>
  html`<div>
    <p>
      ${contact.local ? caption(contact) : contact.phone === '12348' ? '法律热线　不收钱' : caption(contact)}
    </p>
    <p class="digits">${contact.phone}</p>
  </div>`

const foot = (item: ContentItem): string => {
  const [year = 0, month = 0] = item.checkedOn.split('-').map(Number)
  const review =
    item.review.state === 'signed'
      ? `${item.review.office}${item.review.lawyer}律师核对`
      : '样稿，未经律师审核'
  return `内容截至 ${year}年${month}月，${review}`
}

/**
 * An A4 sheet in black on white for a wall: title, one drawing, three lines, a code that scans from an arm's length, two
 * numbers. Takes the item and what the server knows of the place.
 */
export function renderPosterPage(item: ContentItem, context: PublicContext): string {
  const address = printedAddress(context.origin, item.code)
  return html`<!doctype html>
    <html lang="zh-CN">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${item.posterTitle}</title>
        <meta name="robots" content="noindex" />
        <link rel="stylesheet" href="${safeHref(context.stylesheet)}" />
      </head>
      <body class="poster">
        <nav class="hint" aria-label="打印">
          按打印，选 A4、黑白。<a href="/c/${item.slug}">回到这一页</a>
        </nav>
        <main class="sheet">
          <header>
            <strong>明白</strong
            ><span>${[context.sponsor, context.village].filter((one) => one !== null).join('　')}</span>
          </header>
          <h1>${item.posterTitle}</h1>
          <div class="what">
            ${pictogram(item.category)}
            <ol>
              ${lines(item).map((one, at) => html`<li><b>${at + 1}</b><span>${one}</span></li>`)}
            </ol>
          </div>
          <div class="scan">
            ${qrCode(`${context.origin}/s/${item.code}`)}
            <div>
              <p class="big">扫一扫<br />看怎么办</p>
              <p>站在一米内扫，<br />不用下载，不收钱。</p>
              <p class="small">也可以在浏览器里输入<br /><b>${address}</b></p>
            </div>
          </div>
          <div class="numbers">${numbers(item, context).map(numberBox)}</div>
          <footer>
            <span>${foot(item)}</span><span>${context.demo ? '演示用，人名电话是编的' : '不记是谁看的'}</span>
          </footer>
        </main>
      </body>
    </html> `.markup
}
