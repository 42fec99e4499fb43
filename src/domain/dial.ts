/**
 * A number as a link may dial it: digits and a leading plus, whatever was typed around them; null when too little is left. Signs of a
 * keypad (`*#06#`) go, because some phones carry out such a code as soon as a link names it.
 * @param phone as somebody typed it, full-width digits included
 */
export function dialHref(phone: string): string | null {
  const digits = phone
    .normalize('NFKC')
    .replace(/[^\d+]/g, '')
    .replace(/(?!^)\+/g, '')
  return digits.replace('+', '').length >= 3 && digits.length <= 20 ? `tel:${digits}` : null
}
