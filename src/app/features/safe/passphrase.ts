/** Fewer characters than this are tried out by a machine in days. */
const LEAST = 8
/** From here on a sentence is out of reach, whatever it says. */
const LONG = 12

export type Strength = 'weak' | 'fair' | 'strong'

/** Straight runs of the keyboard and of counting, in which a pass sentence may not be contained whole. */
const RUNS = [
  '01234567890123456789',
  '98765432109876543210',
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiopasdfghjklzxcvbnm',
]

/** How hard a sentence is to guess, for a hint while it is typed; the phone's own rule decides. A Chinese character counts as two. */
export function strengthOf(passphrase: string): Strength {
  const text = passphrase.trim()
  const weight = [...text].reduce((sum, one) => sum + (/\p{Script=Han}/u.test(one) ? 2 : 1), 0)
  const isRun = RUNS.some((run) => run.includes(text.toLowerCase()))
  if ([...text].length < LEAST || new Set(text).size < 4 || isRun) return 'weak'
  return weight >= LONG * 1.5 || ([...text].length >= LONG && new Set(text).size >= 8) ? 'strong' : 'fair'
}
