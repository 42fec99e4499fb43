const DIGITS = '零一二三四五六七八九'
const UNITS = ['千', '百', '十', '']

/**
 * A whole number from 1 to 9999 in Chinese numerals as statutes write them: 10 十, 105 一百零五, 1260 一千二百六十.
 * Anything else is a programming error and throws.
 */
export function chineseNumber(value: number): string {
  if (!Number.isInteger(value) || value < 1 || value > 9999) throw new Error('chineseNumber: outside 1–9999')
  const places = String(value).padStart(4, '0').split('').map(Number)
  let text = ''
  let gap = false
  places.forEach((digit, place) => {
    if (digit === 0) {
      gap = text !== ''
      return
    }
    text += `${gap ? '零' : ''}${DIGITS.charAt(digit)}${UNITS[place] ?? ''}`
    gap = false
  })
  // Statutes write 第十五条, never 第一十五条.
  return text.startsWith('一十') ? text.slice(1) : text
}
