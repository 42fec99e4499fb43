import { dialHref } from '#domain/dial.ts'
import { helperOf, type HelperId } from '#domain/content/helper.ts'
import type { PublicContext } from './context.ts'
import { html, type SafeHtml } from './html.ts'
import { icon } from './icons.ts'
import { breathing } from './wording.ts'

/** Somebody on the page: who, what for, and the number if there is one. */
export type Contact = { name: string; role: string; notes: string[]; phone: string | null; local: boolean }

/**
 * Who stands behind a slot: the village's own people first, else a national number, else the office by name without a
 * number (nothing is made up).
 */
export function contactsFor(slot: HelperId, context: PublicContext): Contact[] {
  const entry = helperOf(slot)
  const people = context.helpers.filter((one) => one.role === slot)
  if (people.length === 0) {
    return [{ name: entry.name, role: '', notes: [entry.does], phone: entry.phone, local: false }]
  }
  return people.map((one) => ({
    name: one.name,
    // An office already says in its name what it is.
    role: one.name.endsWith(entry.name.slice(-3)) ? '' : entry.name.replace('村里', ''),
    notes: [entry.does, ...(one.when ? [one.when] : [])],
    phone: one.phone,
    local: true,
  }))
}

/** A button that dials; null without a number. */
export function callButton(
  contact: Contact,
  tone: 'main' | 'soft' | 'line' | 'danger',
  words = '打电话',
): SafeHtml | null {
  const href = contact.phone ? dialHref(contact.phone) : null
  if (!href) return null
  // What is read aloud begins with what is seen, so that voice control finds the button by its words.
  const spoken = [...new Set([words, contact.name, contact.phone ?? ''])].join('，')
  return html`<a class="call ${tone}" href="${href}" aria-label="${spoken}">${icon('call')}${words}</a>`
}

/** One row of a list of people. */
export const contactRow = (contact: Contact, tone: 'main' | 'soft' | 'line' | 'danger'): SafeHtml =>
  html`<li class="who">
    <div>
      <p class="name">
        ${contact.name}${contact.role === '' ? null : html` <span class="role">${contact.role}</span>`}
      </p>
      ${contact.notes.map((note) => html`<p class="note">${breathing(note)}</p>`)}
      ${contact.phone && contact.phone !== contact.name ? html`<p class="number">${contact.phone}</p>` : null}
    </div>
    ${callButton(contact, tone)}
  </li>`
