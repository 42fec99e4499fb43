/** Markup that has already been escaped; only this file makes it. */
export type SafeHtml = { readonly markup: string }
type Value = string | number | SafeHtml | null | false | readonly Value[]

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text made harmless between tags and inside quoted attributes. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? '')

function render(value: Value): string {
  if (value === null || value === false) return ''
  if (typeof value === 'string') return escapeHtml(value)
  if (typeof value === 'number') return String(value)
  if ('markup' in value) return value.markup
  return value.map(render).join('')
}

/**
 * The one way to make markup: everything put into the template is escaped, unless it came out of this function itself.
 * null and false give nothing, a list gives its parts.
 */
export const html = (parts: TemplateStringsArray, ...values: readonly Value[]): SafeHtml => ({
  markup: parts.reduce((text, part, at) => text + render(values[at - 1] ?? null) + part),
})

/** A link target made of our own paths, `tel:` or the configured origin; anything else becomes `#`. */
export const safeHref = (target: string): string =>
  /^(\/(?!\/)|tel:|https?:\/\/|#)/.test(target) ? target : '#'
