/** What the page 东西都在吗 says about where things are kept. */
export interface StorageFacts {
  /** Whether the browser promised not to clean up by itself; null: it does not say. */
  persisted: boolean | null
  /** Bytes used as the browser estimates them, for telling only: the estimate is padded or invented by some engines. */
  usedBytes: number | null
  /** Whether old data may go after a week unused: Safari's tabs that are not on the home screen. */
  weekly: boolean
}

const manager = (): StorageManager | undefined => ('storage' in navigator ? navigator.storage : undefined)

/** Safari before the app is put on the home screen; there nothing is safe for longer than seven days without a visit. */
function isSafariTab(): boolean {
  const standalone = (navigator as { standalone?: boolean }).standalone
  return standalone === false
}

/** What is known of this browser's storage. Never rejects. */
export async function storageFacts(): Promise<StorageFacts> {
  const storage = manager()
  const [persisted, estimate] = await Promise.all([
    storage?.persisted ? storage.persisted().catch(() => null) : null,
    storage?.estimate ? storage.estimate().catch(() => null) : null,
  ])
  return { persisted, usedBytes: estimate?.usage ?? null, weekly: persisted !== true && isSafariTab() }
}

const ASKED = 'mingbai-asked-persist'

function wasAsked(): boolean {
  try {
    const asked = localStorage.getItem(ASKED) !== null
    localStorage.setItem(ASKED, '1')
    return asked
  } catch {
    return true
  }
}

/**
 * Asks the browser to keep the data for good: once, at the first save, when the person sees why.
 * @returns whether it is kept; null when the browser cannot say, or was asked before
 */
export async function askPersist(): Promise<boolean | null> {
  const storage = manager()
  if (!storage?.persist || wasAsked()) return null
  return storage.persist().catch(() => null)
}
