import { accept, refuse, type Result } from '#domain/result.ts'

/** What the six digits say to technical help: nothing of people or matters. */
export interface SupportFacts {
  /** 1.4.2 */
  version: string
  waiting: number
  refused: number
  /** Works without a network. */
  ready: boolean
  /** Phone and server hold the same. */
  agrees: boolean
  /** There is room for new work. */
  roomy: boolean
}

// Weights 1 and 3 in turn, as on a barcode: one misheard digit always shows.
const checkDigit = (body: string): number =>
  (10 - ([...body].reduce((sum, digit, at) => sum + Number(digit) * (at % 2 === 0 ? 1 : 3), 0) % 10)) % 10

/**
 * Six digits to read out on the telephone: minor version, how many wait (99: or more), how many were not accepted (9: or more),
 * three yes-or-no in one digit, and a check digit against mishearing.
 */
export function supportCode(facts: SupportFacts): string {
  const minor = Number(facts.version.split('.')[1] ?? 0) % 10
  const signs = Number(facts.ready) + 2 * Number(facts.agrees) + 4 * Number(facts.roomy)
  const body = `${minor}${String(Math.min(facts.waiting, 99)).padStart(2, '0')}${Math.min(facts.refused, 9)}${signs}`
  return `${body}${checkDigit(body)}`
}

/** What technical help reads out of the digits; `minor` is the middle number of the version. */
export type SupportAnswer = Omit<SupportFacts, 'version'> & { minor: number }

/** Reads the digits as they were told, with or without gaps. Refuses what is not such a code, or was misheard. */
export function readSupportCode(told: string): Result<SupportAnswer, 'malformed'> {
  const code = told.replace(/\s/g, '')
  if (!/^\d{4}[0-7]\d$/.test(code) || checkDigit(code.slice(0, 5)) !== Number(code[5]))
    return refuse('malformed')
  const signs = Number(code[4])
  return accept({
    minor: Number(code[0]),
    waiting: Number(code.slice(1, 3)),
    refused: Number(code[3]),
    ready: (signs & 1) !== 0,
    agrees: (signs & 2) !== 0,
    roomy: (signs & 4) !== 0,
  })
}

/** 482 913: in two groups, as telephone numbers are read. */
export const spoken = (code: string): string => `${code.slice(0, 3)} ${code.slice(3)}`
