/** What the six digits say to technical help: nothing of people or matters. */
export interface SupportFacts {
  /** 1.4.2 */
  version: string
  waiting: number
  refused: number
  ready: boolean
}

/**
 * Six digits to read out on the telephone: minor version, how many wait (up to 98, 99 means more), how many need somebody (up to 9),
 * whether this phone is ready to work without a network, and a check digit against mishearing.
 */
export function supportCode(facts: SupportFacts): string {
  const minor = Number(facts.version.split('.')[1] ?? 0) % 10
  const body = `${minor}${String(Math.min(facts.waiting, 99)).padStart(2, '0')}${Math.min(facts.refused, 9)}${facts.ready ? 1 : 0}`
  // Weights 1 and 3 in turn, as on a barcode: a swapped or misheard digit shows.
  const sum = [...body].reduce((total, digit, at) => total + Number(digit) * (at % 2 === 0 ? 1 : 3), 0)
  return `${body}${(10 - (sum % 10)) % 10}`
}

/** 482 913: in two groups, as telephone numbers are read. */
export const spoken = (code: string): string => `${code.slice(0, 3)} ${code.slice(3)}`
