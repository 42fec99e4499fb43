const DIGITS = '零壹贰叁肆伍陆柒捌玖'
const PLACES = ['仟', '佰', '拾', '']
const GROUPS = ['亿', '万', '']
const MOST = 1e10

/** One group of four digits, 1–9999, without zeros in front: 409 → 肆佰零玖. */
function groupInWords(group: number): string {
  let text = ''
  let gap = false
  for (const [place, digit] of [...String(group).padStart(4, '0')].map(Number).entries()) {
    if (digit === 0) {
      gap = text !== ''
      continue
    }
    text += `${gap ? '零' : ''}${DIGITS.charAt(digit)}${PLACES[place] ?? ''}`
    gap = false
  }
  return text
}

/** Whole yuan, at least 1: a 零 stands wherever a group is left out, begins with zeros, or follows a group that ends with one. */
function wholeInWords(yuan: number): string {
  const groups = [Math.floor(yuan / 1e8), Math.floor(yuan / 1e4) % 1e4, yuan % 1e4]
  let text = ''
  let gap = false
  for (const [at, group] of groups.entries()) {
    if (group === 0) {
      gap = text !== ''
      continue
    }
    if (text !== '' && (gap || group < 1000)) text += '零'
    text += `${groupInWords(group)}${GROUPS[at] ?? ''}`
    gap = group % 10 === 0
  }
  return text
}

/**
 * An amount as papers of agreement write it, so that no figure can be added later: 1409.5 → 壹仟肆佰零玖元伍角, 300 → 叁佰元整
 * (D-37; 中国人民银行《支付结算办法》附件一 正确填写票据和结算凭证的基本规定, 一 to 五).
 * @param yuan 0 to 10 thousand million yuan; cents beyond the second place are rounded
 * @returns '' for what is no such amount
 */
export function amountInWords(yuan: number): string {
  if (!Number.isFinite(yuan) || yuan < 0 || yuan > MOST) return ''
  const cents = Math.round(yuan * 100)
  const whole = Math.floor(cents / 100)
  const jiao = Math.floor(cents / 10) % 10
  const fen = cents % 10
  const front = whole > 0 ? `${wholeInWords(whole)}元` : ''
  if (jiao === 0 && fen === 0) return front === '' ? '零元整' : `${front}整`
  const middle = jiao > 0 ? `${DIGITS.charAt(jiao)}角` : front === '' ? '' : '零'
  return `${front}${middle}${fen > 0 ? `${DIGITS.charAt(fen)}分` : ''}`
}
