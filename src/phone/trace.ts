import type { Marks } from './marks.ts'

/** Something that went wrong here, as often as it did. Nothing of people or matters: a closed list of words and places in our code. */
export interface Trouble {
  /** What: `save-storage-full`, `lost-gone`, `fault-TypeError`. */
  what: string
  /** Where in our own files, `open-notebook-Bx4.js:1:2345`; '' when it is not known. */
  where: string
  times: number
  /** When first and last, epoch ms by this phone's clock. */
  first: number
  last: number
}

/** So many are kept; the one that is longest ago goes first. */
const MOST = 30
const WORD = /^[a-zA-Z][a-zA-Z-]{1,40}$/
/** The first place in a stack that is a file of ours; a stack's first line is a message and may hold anything. */
const PLACE = /\/(?:assets|src)\/(?:[\w.-]+\/)*([\w.-]+\.(?:js|ts|vue)):(\d+):(\d+)/

const isTrouble = (one: unknown): one is Trouble => {
  const { what, where, times, first, last } = (one ?? {}) as Partial<Trouble>
  return (
    typeof what === 'string' &&
    typeof where === 'string' &&
    [times, first, last].every((number) => typeof number === 'number' && Number.isFinite(number))
  )
}

/** What went wrong on this phone, newest last; what cannot be read counts as nothing. */
export function readTroubles(kept: Pick<Marks, 'get'>): Trouble[] {
  try {
    const found: unknown = JSON.parse(kept.get() ?? '[]')
    return Array.isArray(found) ? found.filter(isTrouble) : []
  } catch {
    return []
  }
}

/** An error as one word: its name, if that is a name; never its message, which may hold what somebody typed. */
export function faultOf(error: unknown): { what: string; where: string } {
  const { name, stack } = (error ?? {}) as { name?: unknown; stack?: unknown }
  const word = `fault-${typeof name === 'string' ? name : 'Unknown'}`
  const [, file = '', line = '', column = ''] = PLACE.exec(typeof stack === 'string' ? stack : '') ?? []
  return { what: WORD.test(word) ? word : 'fault-Unknown', where: file && `${file}:${line}:${column}` }
}

/**
 * Notes that something went wrong, outside the database, so that it outlives a network that is gone, a database that is gone, and an
 * app that was put on anew (L-45). The same again only counts up. Never throws.
 */
export function noteTrouble(kept: Marks, trouble: { what: string; where?: string }, now: number): void {
  const what = WORD.test(trouble.what) ? trouble.what : 'other'
  const where = trouble.where ?? ''
  const all = readTroubles(kept)
  const same = all.find((one) => one.what === what && one.where === where)
  const others = all.filter((one) => one !== same)
  const next = { what, where, times: (same?.times ?? 0) + 1, first: same?.first ?? now, last: now }
  kept.set(JSON.stringify([...others, next].slice(-MOST)))
}
