import type { Merger } from './merge.ts'
import { Overloaded } from './overloaded.ts'
import type { Wanted } from './pull.ts'

/** Pulls under way at once: more would only wait for each other's connections. */
const MOST_PULLS = 32
/** Share of what can be borne at which a first fetch, and then any fetch, is put off; pushes are the last to be (I-45). */
const NO_FIRST_FETCH = 0.5
const NO_FETCH = 0.75
/** Seconds after which what was put off may be asked for again. */
const LATER = { first: 15, fetch: 5 } as const

/** Decides what is done now and what later, when more comes than can be borne. */
export interface Gate {
  /** Seconds to wait before fetching this; 0: now. */
  putOff(wanted: Wanted): number
  /** Does a fetch, counted as under way. */
  pulling<T>(work: () => Promise<T>): Promise<T>
}

const isFirst = (wanted: Wanted): boolean => Object.values(wanted.s).includes(0)

export function makeGate(merger: Pick<Merger, 'pressure'>): Gate {
  let pulls = 0
  return {
    putOff(wanted) {
      const pressure = Math.max(merger.pressure(), pulls / MOST_PULLS)
      if (pressure >= NO_FETCH) return isFirst(wanted) ? LATER.first : LATER.fetch
      return pressure >= NO_FIRST_FETCH && isFirst(wanted) ? LATER.first : 0
    },
    async pulling(work) {
      pulls++
      try {
        return await work()
      } finally {
        pulls--
      }
    },
  }
}

/** What is handed in is taken even when nothing can be fetched; whoever only wants to fetch is told when to come again. */
export function refuseBareFetch(seconds: number, handsIn: boolean): void {
  if (seconds > 0 && !handsIn) throw new Overloaded(seconds)
}
