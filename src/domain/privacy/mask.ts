const STAR = '*'

/** A telephone number as every screen shows it until somebody asks for the whole: 138****1234; of others at most the last four. */
export function maskPhone(text: string): string {
  const signs = [...text.trim()]
  const { length } = signs
  const end = (n: number) => signs.slice(length - n).join('')
  if (/^1\d{10}$/.test(signs.join(''))) return `${signs.slice(0, 3).join('')}${STAR.repeat(4)}${end(4)}`
  if (length <= 4) return STAR.repeat(length)
  return length < 8 ? `${STAR.repeat(length - 2)}${end(2)}` : `${STAR.repeat(4)}${end(4)}`
}

/** An identity number of which only the last four are known. */
export const maskIdNumber = (tail: string): string => `${STAR.repeat(14)}${tail}`

/**
 * Fields whose values stand nowhere in clear at the server: a column of the database, a copy and a dump hold them sealed, and what is shown
 * or printed of them is the mask. The register's telephone numbers are not among them: they hang on the village's wall.
 */
export const SEALED_FIELDS: Readonly<Record<string, readonly string[]>> = { lead: ['phone'] }
