import { browserMarks, type Marks } from './marks.ts'
import { readMarks } from './vaults.ts'

/** What the page 东西都在吗 says about where things are kept. */
export interface StorageFacts {
  /** Whether the browser promised not to clean up by itself; null: it does not say. */
  persisted: boolean | null
  /** Bytes used as the browser estimates them, for telling only: the estimate is padded or invented by some engines. */
  usedBytes: number | null
  /** Whether old data may go after a week unused: Safari's tabs that are not on the home screen. */
  weekly: boolean
}

/** The part of a browser's storage manager that is used; old ones lack some of it. */
export type Manager = Partial<Pick<StorageManager, 'persist' | 'persisted' | 'estimate'>>

const manager = (): Manager | undefined => ('storage' in navigator ? navigator.storage : undefined)

/** Safari before the app is put on the home screen; there nothing is safe for longer than seven days without a visit. */
const isSafariTab = (): boolean => (navigator as { standalone?: boolean }).standalone === false

/** What the browser says it grants this origin and what is used, bytes; null: it does not say. Never rejects. */
export async function grantedSpace(
  storage: Manager | undefined = manager(),
): Promise<{ quota: number; usage: number } | null> {
  const estimate = await storage?.estimate?.().catch(() => null)
  if (typeof estimate?.quota !== 'number' || typeof estimate.usage !== 'number') return null
  return { quota: estimate.quota, usage: estimate.usage }
}

/** What is known of this browser's storage, looked at anew each time (L-27). Never rejects. */
export async function storageFacts(storage: Manager | undefined = manager()): Promise<StorageFacts> {
  const [persisted, space] = await Promise.all([
    storage?.persisted ? storage.persisted().catch(() => null) : null,
    grantedSpace(storage),
  ])
  return { persisted, usedBytes: space?.usage ?? null, weekly: persisted !== true && isSafariTab() }
}

/** Room that content leaves free beside it, bytes. */
const BESIDE_CONTENT = 100_000_000

/**
 * Whether so many bytes of public content may be brought: not while work is short of room, and not into the last of it (L-29).
 * Where the browser does not say how much there is, only what the last notebook found is known.
 */
export async function roomForContent(
  bytes: number,
  marks: Marks = browserMarks,
  storage: Manager | undefined = manager(),
): Promise<boolean> {
  if (readMarks(marks).room !== undefined) return false
  const space = await grantedSpace(storage)
  return space === null || space.quota - space.usage >= bytes + BESIDE_CONTENT
}

const ASKED = 'mingbai-asked-persist'

/** Whether the question was put to the browser before; remembers that it is now. */
export interface Asked {
  get(): boolean
  set(): void
}

const browserAsked: Asked = {
  get() {
    try {
      return localStorage.getItem(ASKED) !== null
    } catch {
      return true
    }
  },
  set() {
    try {
      localStorage.setItem(ASKED, '1')
    } catch {
      // Then it counts as asked anyway.
    }
  },
}

/**
 * Asks the browser to keep the data for good: once, at the first save, when the person sees why; some browsers ask the person. What
 * it answers now is looked at with every start (`storageFacts`), because it may change its mind either way (L-27).
 * @returns whether it is kept; null when the browser cannot say
 */
export async function askPersist(
  storage: Manager | undefined = manager(),
  asked: Asked = browserAsked,
): Promise<boolean | null> {
  if (!storage?.persist) return null
  const kept = (await storage.persisted?.().catch(() => null)) ?? null
  if (kept === true || asked.get()) return kept
  asked.set()
  return storage.persist().catch(() => null)
}
