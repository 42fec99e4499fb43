import type { Room } from '../care.ts'
import { storageFailure } from '../database/failures.ts'
import type { VaultTables } from '../database/tables.ts'
import type { PhonePorts } from '../ports.ts'
import { markRoom } from '../vaults.ts'
import { countBytes } from './count-bytes.ts'
import { reserveIn } from './reserve.ts'

/** The most a phone keeps for work, bytes; and the part of what the browser grants, should that be less. */
const MOST = 1_000_000_000
const SHARE = 0.5
/** From here on files are refused. */
const LOW_AT = 0.95
/** Room that files leave free beside them, bytes. */
const SPARE = 50_000_000
/** How soon the reserve is looked at again, ms. */
const STOCK_AGAIN_MS = 600_000
/** How long a count holds, ms: it reads everything. */
const COUNT_HOLDS_MS = 60_000

export interface Fullness {
  room: Room
  /** Bytes this phone keeps for work by our own account. */
  workBytes: number
}

/** How much this phone keeps and may keep; work goes before everything else. */
export interface Budget {
  /** The tables with the budget behind them: a write of work that finds no room is given some, and tried again. */
  tables: VaultTables
  /** How full this phone is, and with how much. */
  fullness(): Promise<Fullness>
  /** Whether files of so many bytes may still be kept. Text is never asked. */
  mayKeep(bytes: number): Promise<boolean>
  /** Makes the reserve in an idle moment, if there is none; what was spent is made again as soon as there is room. */
  stock(): void
}

type BudgetPorts = Pick<
  PhonePorts,
  'clock' | 'crypto' | 'idle' | 'marks' | 'space' | 'reserveBytes' | 'yieldContent'
>

/**
 * The tables of a vault for which room is made: first the reserve is given back, then public content goes, which can be fetched
 * again. Only strict writes without files are helped: what the server can send again stops first, files second, text last.
 */
function helped(
  tables: VaultTables,
  makeRoom: (step: number) => Promise<boolean>,
  ended: (isFull: boolean) => void,
): VaultTables {
  return {
    ...tables,
    async write(stores, durability, work) {
      if (durability !== 'strict' || (stores as readonly string[]).includes('chunk'))
        return tables.write(stores, durability, work)
      for (let step = 0; ; step++) {
        try {
          const done = await tables.write(stores, durability, work)
          ended(false)
          return done
        } catch (error) {
          if (storageFailure(error) !== 'storage-full') throw error
          if (!(await makeRoom(step))) {
            ended(true)
            throw error
          }
        }
      }
    },
  }
}

/** The storage budget of an open vault. */
export function storageBudget(opened: VaultTables, ports: BudgetPorts): Budget {
  const reserve = reserveIn(opened, ports.crypto, ports.reserveBytes ?? 0)
  let isFull = false
  let counted: { at: number; bytes: Promise<number> } | null = null
  const steps = [reserve.spend, () => ports.yieldContent?.() ?? Promise.resolve(false)]
  const makeRoom = async (step: number): Promise<boolean> => {
    for (let at = step; at < steps.length; at++) if (await steps[at]?.()) return true
    return false
  }
  const ended = (now: boolean): void => {
    if (now !== isFull) markRoom(ports.marks, now ? 'full' : 'low')
    isFull = now
  }
  const workBytes = (): Promise<number> => {
    const now = ports.clock.mono()
    if (!counted || now - counted.at > COUNT_HOLDS_MS) counted = { at: now, bytes: countBytes(opened) }
    counted.bytes.catch(() => (counted = null))
    return counted.bytes
  }
  /** @param more bytes that are to come */
  const judge = async (more: number): Promise<Fullness> => {
    const [bytes, state, space] = await Promise.all([workBytes(), reserve.state(), ports.space?.() ?? null])
    const most = space ? Math.min(MOST, space.quota * SHARE) : MOST
    const isLow =
      state === 'spent' ||
      bytes + more >= most * LOW_AT ||
      // The browser's own figure may only make us more careful.
      (space !== null && space.quota - space.usage < SPARE + more)
    const room = isFull ? 'full' : isLow ? 'low' : 'plenty'
    if (more === 0) markRoom(ports.marks, room)
    return { room, workBytes: bytes }
  }
  let stockAt = -Infinity
  const stock = async (): Promise<void> => {
    if (await reserve.stock()) return
    // Content yields before the reserve stays away.
    if ((await ports.yieldContent?.()) && (await reserve.stock())) return
    markRoom(ports.marks, 'low')
  }
  const stockWhenIdle = (): void => {
    const now = ports.clock.mono()
    if (!ports.reserveBytes || now < stockAt) return
    stockAt = now + STOCK_AGAIN_MS
    ports.idle(() => void stock().catch(() => undefined))
  }
  return {
    tables: helped(opened, makeRoom, ended),
    fullness: () => judge(0),
    mayKeep: async (bytes) => (await judge(bytes)).room === 'plenty',
    stock: stockWhenIdle,
  }
}
