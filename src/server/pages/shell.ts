import { LOGO } from './icons.ts'
import { html, safeHref, type SafeHtml } from './html.ts'
import { pathWithSize, SIZES, type PublicContext, type TextSize } from './context.ts'

/** Pages are Chinese; what strangers read is there in English too. */
export type Language = 'zh' | 'en'

const WORDS = {
  zh: {
    name: '明白',
    larger: '字大一点',
    ordinary: '字变回来',
    nav: '别的页',
    questions: '别的问题',
    help: '找人帮忙',
    trust: '凭什么信明白',
    demo: '演示：村子、人名、电话都是编的。',
    general: '这一页只讲一般的道理，不能代替律师看你的事。不记是谁看的。',
    sponsor: '主办：',
  },
  en: {
    name: '明白 Mingbai',
    larger: 'Larger text',
    ordinary: 'Ordinary text',
    nav: 'Other pages',
    questions: 'Questions',
    help: 'Who helps',
    trust: 'Why trust Mingbai',
    demo: 'Demonstration: villages, people and numbers are invented.',
    general: 'Nobody records who reads this page.',
    sponsor: 'Run by ',
  },
} as const

const nextSize = (size: TextSize): TextSize => SIZES[SIZES.indexOf(size) + 1] ?? SIZES[0]

function header(context: PublicContext, language: Language): SafeHtml {
  const next = nextSize(context.size)
  const words = WORDS[language]
  const link = (path: string) => pathWithSize(path, context.size)
  return html`<header class="top">
    <div class="wide">
      <a class="home" href="${link('/c')}">${LOGO}${words.name}</a>
      <nav aria-label="${words.nav}">
        <a class="plain" href="${link('/c')}">${words.questions}</a
        ><a class="plain" href="${link('/help')}">${words.help}</a>
        <a class="size" href="${pathWithSize(safeHref(context.path), next)}"
          >${next > context.size ? words.larger : words.ordinary}</a
        >
      </nav>
    </div>
  </header>`
}

function footer(context: PublicContext, language: Language): SafeHtml {
  const words = WORDS[language]
  const trust = pathWithSize(language === 'zh' ? '/trust' : '/trust/en', context.size)
  return html`<footer class="foot">
    <div class="wide">
      ${context.demo ? html`<p>${words.demo}</p>` : null}
      <p>${words.general}</p>
      <p><a href="${trust}">${words.trust}</a></p>
      ${context.sponsor ? html`<p>${words.sponsor}${context.sponsor}</p>` : null}
      ${context.filingNo ? html`<p>${context.filingNo}</p>` : null}
    </div>
  </footer>`
}

/**
 * A whole document. `title` is what a chat shows as the card's name, so it is the question itself.
 * `bar` sticks at the bottom of a phone's screen.
 */
export function page(
  context: PublicContext,
  parts: {
    title: string
    description: string
    body: SafeHtml
    bar: SafeHtml | null
    robots?: 'noindex'
    language?: Language
  },
): string {
  const { title, description, body, bar, language = 'zh' } = parts
  return html`<!doctype html>
<html lang="${language === 'zh' ? 'zh-CN' : 'en'}" class="s${context.size}">
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
${header(context, language)}
${body}
${footer(context, language)}
${bar}
</body>
</html>
`.markup
}
