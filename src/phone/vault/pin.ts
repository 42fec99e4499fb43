/** Why a PIN is not taken. short: fewer than six digits; digits: something else than digits; the rest: among the first that anybody tries. */
export type WeakPin = 'short' | 'digits' | 'repeat' | 'sequence' | 'date' | 'common'

export const LEAST_DIGITS = 6
export const MOST_DIGITS = 20

/** What people here choose that is no sequence: words by sound, columns of the keys. */
const COMMON: readonly string[] = [
  '520131',
  '131452',
  '5201314',
  '1314520',
  '147258',
  '258369',
  '369258',
  '147852',
  '159753',
  '159357',
  '741852',
  '963852',
]

/** The same few digits over and over: 111111, 121212, 123123, 112112. */
const isRepeat = (pin: string): boolean =>
  new Set(pin).size <= 2 ||
  [1, 2, 3, 4].some(
    (length) => pin.length % length === 0 && pin.slice(0, length).repeat(pin.length / length) === pin,
  )

/** Equal steps, over nine to nought too: 123456, 987654, 135791. Pairs count as one: 112233. */
function isSequence(pin: string): boolean {
  const even = [...pin].filter((_, at) => at % 2 === 0).join('')
  const odd = [...pin].filter((_, at) => at % 2 === 1).join('')
  const digits = [...(even === odd ? even : pin)].map(Number)
  const steps = digits.slice(1).map((digit, at) => (digit - (digits[at] as number) + 10) % 10)
  return new Set(steps).size === 1
}

const isDay = (month: number, day: number): boolean => month >= 1 && month <= 12 && day >= 1 && day <= 31
const isYear = (year: number): boolean => year >= 1900 && year <= 2099

/** A day or a month of somebody's life: 19720514, 720514, 140572, 051472, 197205. */
function isDate(pin: string): boolean {
  const at = (from: number, length: number): number => Number(pin.slice(from, from + length))
  if (pin.length === 8)
    return (
      (isYear(at(0, 4)) && isDay(at(4, 2), at(6, 2))) ||
      (isYear(at(4, 4)) && (isDay(at(0, 2), at(2, 2)) || isDay(at(2, 2), at(0, 2))))
    )
  if (pin.length !== 6) return false
  return (
    isDay(at(2, 2), at(4, 2)) ||
    isDay(at(0, 2), at(2, 2)) ||
    isDay(at(2, 2), at(0, 2)) ||
    (isYear(at(0, 4)) && at(4, 2) >= 1 && at(4, 2) <= 12)
  )
}

/** Why a PIN is too easily guessed; null: it may be taken. */
export function weakPin(pin: string): WeakPin | null {
  if (!/^\d*$/.test(pin)) return 'digits'
  if (pin.length < LEAST_DIGITS) return 'short'
  if (isRepeat(pin)) return 'repeat'
  if (isSequence(pin)) return 'sequence'
  if (isDate(pin)) return 'date'
  return COMMON.includes(pin) ? 'common' : null
}
