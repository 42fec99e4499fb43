import { LOGO } from './icons.ts'
import { html, safeHref, type SafeHtml } from './html.ts'
import { pathWithSize, SIZES, type PublicContext, type TextSize } from './context.ts'

const nextSize = (size: TextSize): TextSize => SIZES[SIZES.indexOf(size) + 1] ?? SIZES[0]

function header(context: PublicContext): SafeHtml {
  const next = nextSize(context.size)
  const words = next > context.size ? '字大一点' : '字变回来'
  const link = (path: string) => pathWithSize(path, context.size)
  return html`<header class="top">
    <div class="wide">
      <a class="home" href="${link('/c')}">${LOGO}明白</a>
      <nav aria-label="别的页">
        <a class="plain" href="${link('/c')}">别的问题</a
        ><a class="plain" href="${link('/help')}">找人帮忙</a>
        <a class="size" href="${pathWithSize(safeHref(context.path), next)}">${words}</a>
      </nav>
    </div>
  </header>`
}

const footer = (context: PublicContext): SafeHtml =>
  html`<footer class="foot">
    <div class="wide">
      ${context.demo ? html`<p>演示：村子、人名、电话都是编的。</p>` : null}
      <p>这一页只讲一般的道理，不能代替律师看你的事。不记是谁看的。</p>
      ${context.sponsor ? html`<p>主办：${context.sponsor}</p>` : null}
      ${context.filingNo ? html`<p>${context.filingNo}</p>` : null}
    </div>
  </footer>`

/**
 * A whole document. `title` is what a chat shows as the card's name, so it is the question itself.
 * `bar` sticks at the bottom of a phone's screen.
 */
export function page(
  context: PublicContext,
  parts: { title: string; description: string; body: SafeHtml; bar: SafeHtml | null; robots?: 'noindex' },
): string {
  const { title, description, body, bar } = parts
  return html`<!doctype html>
<html lang="zh-CN" class="s${context.size}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<title>${title}</title>
<meta name="description" content="${description}">
<meta name="color-scheme" content="light dark">
<meta name="format-detection" content="telephone=no">
<meta name="referrer" content="no-referrer">
${parts.robots ? html`<meta name="robots" content="noindex" />` : null}
<link rel="stylesheet" href="${safeHref(context.stylesheet)}">
</head>
<body${bar ? html` class="barred"` : null}>
${header(context)}
${body}
${footer(context)}
${bar}
</body>
</html>
`.markup
}
