import { errorFacts } from './http/logging.ts'

/**
 * What is said of an error that nobody foresaw, where a program ends of it: its sort and where it came from, never its message or what
 * caused it, because a database names the values it choked on there (TR-46).
 */
export function crashLine(error: unknown): string {
  const { type, sqlState, cause, at } = errorFacts(error)
  const sort = [type, sqlState, cause].filter((one) => one !== undefined).join(' ')
  const frames = Array.isArray(at) ? at.map((one) => `\n    ${String(one)}`).join('') : ''
  return `明白: something went wrong that nobody foresaw, and it stopped there (${sort}).${frames}`
}

/** Ends the program at an error that nobody caught, saying no more than that. */
export function sayNoMoreAtCrash(): void {
  process.on('uncaughtException', (error: unknown) => {
    console.error(crashLine(error))
    process.exit(1)
  })
}
