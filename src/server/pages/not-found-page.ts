import { pathWithSize, type PublicContext } from './context.ts'
import { html } from './html.ts'
import { icon } from './icons.ts'
import { page } from './shell.ts'

/** Shown for a link or code that opens nothing. Takes the context; never repeats what was asked for. */
export function renderNotFoundPage(context: PublicContext): string {
  const link = (path: string) => pathWithSize(path, context.size)
  const body = html`<main class="wide narrow">
    <h1>没找到这一页</h1>
    <p class="lead">链接可能抄错了一个字，也可能这一页已经撤下来了。</p>
    <p class="lead">码里没有数字 0、1，也没有字母 I、L、O、U，再对一遍看看。</p>
    <div class="pair still">
      <a class="call main" href="${link('/c')}">看看别的问题</a>
      <a class="call line" href="tel:12348">${icon('call')}打 12348 问</a>
    </div>
  </main>`
  return page(context, {
    title: '没找到这一页',
    description: '链接打不开。',
    body,
    bar: null,
    robots: 'noindex',
  })
}
