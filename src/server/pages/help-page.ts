import type { HelperId } from '#domain/content/helper.ts'
import { contactRow, contactsFor } from './call.ts'
import { pathWithSize, type PublicContext } from './context.ts'
import { html, type SafeHtml } from './html.ts'
import { icon } from './icons.ts'
import { page } from './shell.ts'

const ORDER: readonly HelperId[] = [
  'mediator',
  'understander',
  'justice-office',
  'legal-aid',
  'village',
  'township',
]

const leaveWord = (href: string, context: PublicContext): SafeHtml =>
  html`<a class="leave card" href="${pathWithSize(href, context.size)}">
    ${icon('word')}<span><strong>不方便打，留个话</strong><small>留电话，调解员找你</small></span
    >${icon('next')}
  </a>`

/**
 * Who can help in this village: its own people first, then the hotline, a way to leave word, and the police at the foot.
 * Takes the context with the village's helpers; without any, the offices are named and the hotline stays.
 */
export function renderHelpPage(context: PublicContext): string {
  const roles =
    context.helpers.length > 0
      ? ORDER.filter((role) => context.helpers.some((one) => one.role === role))
      : ORDER.slice(0, 3)
  const people = roles.flatMap((role) => contactsFor(role, context))
  const firstToCall = people.findIndex((one) => one.phone !== null)
  const body = html`<main class="wide narrow">
    <h1>找人帮忙</h1>
    <p class="meta place">
      <span>${icon('pin')}${context.village ?? '还不知道你在哪个村'}</span>${
        context.changeVillageHref
          ? html`<a href="${pathWithSize(context.changeVillageHref, context.size)}">换个村</a>`
          : null
      }
    </p>
    <ul class="card people">
      ${people.map((one, at) => contactRow(one, at === firstToCall ? 'main' : 'line'))}
      ${contactsFor('12348', context).map((one) => contactRow({ ...one, role: '法律热线', notes: ['问法律，不收钱'] }, 'line'))}
    </ul>
    ${context.leaveWordHref ? leaveWord(context.leaveWordHref, context) : null}
    <section class="danger">
      <p><strong>有人要动手，先躲开</strong><br />明白不会替你报警</p>
      <a class="call danger" href="tel:110">${icon('call')}打 110</a>
    </section>
  </main>`
  const title = context.village ? `找人帮忙 · ${context.village}` : '找人帮忙'
  return page(context, { title, description: '调解员、法律明白人、司法所的电话。', body, bar: null })
}
