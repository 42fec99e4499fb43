import type { Trust, TrustPromise } from '../trust/trust.ts'
import { pathWithSize, type PublicContext } from './context.ts'
import { html, type SafeHtml } from './html.ts'
import { icon } from './icons.ts'
import { page, type Language } from './shell.ts'
import { chineseDay } from './wording.ts'

const WORDS = {
  zh: {
    title: '明白的保证，和怎么知道做到了',
    description: '明白保证什么，怎么试出来的，还有哪些做不到。',
    lead: '下面每一个数都是机器试出来、自己写上去的，没有一个是人填的。',
    pass: '试过，做到了',
    fail: '试过，没做到',
    not: '这一版还没试',
    risks: '做不到的，先说清楚',
    other: 'English',
    day: (on: string, version: string) => `${chineseDay(on)}试的，版本 ${version}`,
    again: '谁都可以照样再试一遍：',
  },
  en: {
    title: 'What Mingbai promises, and how we know',
    description: 'What Mingbai promises, how it was tried, and what it cannot do.',
    lead: 'Every figure below was measured by a machine and written down by it; none was typed by a person.',
    pass: 'tried, and kept',
    fail: 'tried, and not kept',
    not: 'not yet tried in this version',
    risks: 'What we cannot do, said plainly',
    other: '中文',
    day: (on: string, version: string) => `Tried on ${on}, version ${version}`,
    again: 'Anybody can try it again: ',
  },
} as const
type Words = (typeof WORDS)[Language]

const figure = (value: number | string | boolean): string =>
  typeof value === 'number' ? value.toLocaleString('en-US') : String(value)

function figuresOf({ figures, proof }: TrustPromise, { proven }: Trust, language: Language): SafeHtml | null {
  const ran = proven.proofs[proof]
  if (!ran) return null
  const known = figures.filter(({ key }) => key in ran.figures)
  return html`<dl class="proof">
    ${known.map(
      (one) =>
        html`<div>
          <dt>${one[language]}</dt>
          <dd><b>${figure(ran.figures[one.key] ?? '')}</b> ${one.unit[language]}</dd>
        </div>`,
    )}
  </dl>`
}

function promiseOf(one: TrustPromise, trust: Trust, language: Language, words: Words): SafeHtml {
  const ran = trust.proven.proofs[one.proof]
  const word = ran ? (ran.pass ? words.pass : words.fail) : words.not
  const tone = ran?.pass ? 'ok' : 'warn'
  return html`<li class="card promise">
    <h2>${one[language].title}</h2>
    <p class="${tone}">${icon(ran?.pass ? 'tick' : 'info')}<b>${word}</b></p>
    <p>${one[language].how}</p>
    ${figuresOf(one, trust, language)}
    <p class="date">
      ${ran ? html`${words.day(ran.on, ran.version)}<br />` : null}${words.again}<code
        >npm run prove -- --only ${one.proof}</code
      >
    </p>
  </li>`
}

/** What is promised, each beside the figures of the proof that showed it last, and what is not promised. */
export function renderTrustPage(trust: Trust, context: PublicContext, language: Language): string {
  const words = WORDS[language]
  const other = pathWithSize(language === 'zh' ? '/trust/en' : '/trust', context.size)
  const body = html`<main class="wide trust">
    <h1>${words.title}</h1>
    <p class="meta">
      <span>${words.lead}</span
      ><a href="${other}" lang="${language === 'zh' ? 'en' : 'zh-CN'}">${words.other}</a>
    </p>
    <ul class="promises">
      ${trust.promises.map((one) => promiseOf(one, trust, language, words))}
    </ul>
    <h2>${words.risks}</h2>
    <ul class="card risks">
      ${trust.risks.map((one) => html`<li><b>${one[language].title}</b><br />${one[language].text}</li>`)}
    </ul>
  </main>`
  return page(context, { title: words.title, description: words.description, body, bar: null, language })
}
