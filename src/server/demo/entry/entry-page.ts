import type { ContentItem } from '#domain/content/content-item.ts'
import { html, safeHref, type SafeHtml } from '../../pages/html.ts'
import { LOGO } from '../../pages/icons.ts'
import { qrCode } from '../../pages/qr.ts'
import { sign } from './signs.ts'
import type { HandRow } from './rows.ts'

/** A person of the demo, at a door of their own. */
export interface DoorCard {
  name: string
  what: string
  /** Address of the door, and where in the app it opens. */
  origin: string
  path: string
  button: string
  device: 'phone' | 'desk'
}

export interface EntryPage {
  county: string
  doors: readonly DoorCard[]
  rows: readonly HandRow[][]
  poster: ContentItem | null
  /** Scheme, host and port under which this page was asked for. */
  origin: string
  /** Number on the poster to call first. */
  call: string
  stylesheet: string
  script: string
}

const rowView = (row: HandRow, person: number, at: number): SafeHtml =>
  html`<li class="hand ${row.tone}">
    ${sign(row.sign)}<span><b>${row.word}</b> <span data-hand="${person}-${at}">${row.text}</span></span>
  </li>`

const handsView = (rows: readonly HandRow[], person: number): SafeHtml =>
  html`<ul class="hands">
    ${rows.map((row, at) => rowView(row, person, at))}
  </ul>`

function doorView(door: DoorCard, rows: readonly HandRow[], at: number): SafeHtml {
  const look = at === 0 ? 'act first' : 'act'
  return html`<li class="person">
    <h2>${door.name} <small>${door.what}</small></h2>
    ${handsView(rows, at)}
    <a class="${look}" href="${safeHref(door.origin + door.path)}">${door.button}</a>
  </li>`
}

const sheetView = (page: EntryPage, item: ContentItem): SafeHtml =>
  html`<div class="sheet" aria-hidden="true">
    <b>${item.posterTitle}</b>
    <span class="sheet-row"
      >${qrCode(`${page.origin}/s/${item.code}`)}<span>扫一扫<br />看怎么办</span></span
    >
    <span class="sheet-calls"><i>${page.call}</i><i>12348</i></span>
  </div>`

function villagerView(page: EntryPage, rows: readonly HandRow[], at: number): SafeHtml {
  const path = page.poster ? `/s/${page.poster.code}` : '/c'
  return html`<li class="person villager">
    <div>
      <h2>村民 <small>墙上看到一张纸</small></h2>
      ${handsView(rows, at)}
      <a class="act" href="${safeHref(path)}">看看他看到的</a>
    </div>
    ${page.poster ? sheetView(page, page.poster) : null}
  </li>`
}

const frameView = (door: DoorCard): SafeHtml =>
  html`<figure
    class="${door.device}"
    data-src="${safeHref(door.origin + door.path)}"
    data-origin="${door.origin}"
    data-title="${door.name}的${door.device === 'desk' ? '桌面' : '手机'}"
  >
    <div class="screen"></div>
    <figcaption>
      <span>${door.name}的${door.device === 'desk' ? '桌面' : '手机'}</span
      ><a href="${safeHref(door.origin + door.path)}">${door.origin.replace(/^https?:\/\//, '')}</a>
    </figcaption>
  </figure>`

const barView = (county: string): SafeHtml =>
  html`<div class="bar">
    <p>
      <b>演示</b>
      <span
        ><span class="more">${county}的</span>人和事都是编的<span class="more"
          >，随便点，弄乱了点“恢复演示”。</span
        ></span
      >
    </p>
    <div class="bar-acts">
      <label class="cut" hidden
        ><span>断网</span><input type="checkbox" role="switch" id="cut" aria-describedby="cut-note"
      /></label>
      <button type="button" class="reset" id="reset" hidden>${sign('back')}<span>恢复演示</span></button>
    </div>
  </div>`

/** The demo's first page: four people with something in hand, and on a wide screen their live phones and the live desk. */
export function renderEntryPage(page: EntryPage): string {
  return html`<!doctype html>
    <html lang="zh-CN">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <title>明白 演示</title>
        <meta name="description" content="村里的事记在手机上，一件不丢，桌上的数对得上。" />
        <meta name="color-scheme" content="light" />
        <link rel="icon" href="/icons/icon.svg" />
        <link rel="stylesheet" href="${safeHref(page.stylesheet)}" />
        <script src="${safeHref(page.script)}" defer></script>
      </head>
      <body>
        ${barView(page.county)}
        <main>
          <header class="head">
            <h1>${LOGO}明白</h1>
            <p>村里的事记在手机上，一件不丢，桌上的数对得上。选一个人，看看他手头的事。</p>
          </header>
          <ul class="people">
            ${page.doors.map((door, at) => doorView(door, page.rows[at] ?? [], at))}
            ${villagerView(page, page.rows[page.doors.length] ?? [], page.doors.length)}
          </ul>
          <p class="try wide">
            <b>左边存一笔，右边几秒就多一件。</b>
            <span id="cut-note">拨一下“断网”再存：写的还在，接上网自己交，只算一次。</span>
          </p>
          <p class="try narrow">
            <b>在赵春梅手机上存一笔，李主任桌上几秒就多一件。</b>
            <span>她上面的“断网”拨一下再存：写的还在，接上网自己交，只算一次。</span>
          </p>
          <p class="say" id="say" role="status"></p>
          <section class="stage" id="stage" aria-label="两部手机和一张桌面">
            ${page.doors.map(frameView)}
          </section>
        </main>
      </body>
    </html> `.markup
}
