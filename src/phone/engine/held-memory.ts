import type { Id } from '#domain/id.ts'
import { countyOf, type County } from '#domain/region/code.ts'
import { addRecord, removeRecord, type Sums } from '#sync/digest.ts'
import { idOf } from '../database/rows.ts'
import type { Context } from '../notebook/context.ts'
import { heldHere, lookedAt, type Asked, type Held } from './held-here.ts'

/** Of more records than this nothing is remembered: a cheap phone needs the room. */
const MOST = 20_000
/** However often a comparison agrees, the database itself is read again after this long, ms: rot changes no version and tells nobody. */
const READ_ANEW_MS = 6 * 3_600_000

/** What this phone holds of the counties asked for. */
export interface Holding {
  /** Whether every row was read just now; otherwise only those that changed since. */
  isRead: boolean
  sumsOf(county: County): Sums
  damaged: readonly Held[]
  strays: readonly Held[]
}

export interface HeldMemory {
  /** @param anew every row is to be read, whatever is remembered */
  look(asked: Asked, anew?: boolean): Promise<Holding>
}

interface Remembered {
  asked: string
  at: number
  byId: Map<Id, Held>
  sums: Sums
  /** Work lay on these when they were looked at. */
  busy: ReadonlySet<Id>
}

const nameOf = ({ counties, followed }: Asked): string =>
  `${[...counties].sort().join()}|${[...followed].sort().join()}`

const isCounted = (one: Held): boolean => one.is !== 'stray'

function put(kept: Remembered, held: Held): void {
  kept.byId.set(held.id, held)
  if (isCounted(held)) addRecord(kept.sums, held.village, held.kind, held.id, held.rv)
}

function remove(kept: Remembered, id: Id): void {
  const held = kept.byId.get(id)
  kept.byId.delete(id)
  if (held && isCounted(held)) removeRecord(kept.sums, held.village, held.kind, held.id, held.rv)
}

function holdingOf({ byId, sums }: Remembered, isRead: boolean): Holding {
  const apart = [...byId.values()].filter((one) => one.is !== 'whole')
  return {
    isRead,
    sumsOf: (county) => new Map([...sums].filter(([village]) => countyOf(village) === county)),
    damaged: apart.filter((one) => one.is === 'damaged'),
    strays: apart.filter((one) => one.is === 'stray'),
  }
}

/**
 * What is held here, kept up to date by the notes of whoever changes a record, so that agreeing with the server once more does not read
 * ten thousand rows. It is believed only when it agrees: a difference is looked for in the database itself.
 */
export function heldMemory(ctx: Context): HeldMemory {
  let kept: Remembered | null = null
  let changed = new Set<Id>()
  ctx.notes.hear((note) => {
    if (kept) for (const key of note.keys ?? []) changed.add(idOf(key))
  })

  const readAll = async (asked: Asked): Promise<Holding> => {
    const fresh: Remembered = {
      asked: nameOf(asked),
      at: ctx.ports.clock.mono(),
      byId: new Map(),
      sums: new Map(),
      busy: new Set(),
    }
    kept = fresh
    changed = new Set()
    fresh.busy = await heldHere(ctx, asked, (one) => {
      put(fresh, one)
      if (fresh.byId.size > MOST) kept = null
      // Of more than that only what stands apart is of use.
      if (kept !== fresh && one.is === 'whole') fresh.byId.delete(one.id)
    })
    return holdingOf(fresh, true)
  }

  const readChanged = async (known: Remembered, asked: Asked): Promise<Holding> => {
    const since = changed
    changed = new Set()
    const { ids, held, busy } = await lookedAt(ctx, new Set([...since, ...known.busy]), asked)
    for (const id of ids) remove(known, id)
    for (const one of held) put(known, one)
    known.busy = busy
    return holdingOf(known, false)
  }

  return {
    look(asked, anew = false) {
      const isKnown =
        !anew && kept?.asked === nameOf(asked) && Math.abs(ctx.ports.clock.mono() - kept.at) < READ_ANEW_MS
      return isKnown && kept ? readChanged(kept, asked) : readAll(asked)
    },
  }
}
