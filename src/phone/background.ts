/** The name of a request to hand in without a page; the vault's id says nothing of anybody. */
const TAG = 'mb-hand-in:'

export const handInTag = (vault: string): string => `${TAG}${vault}`

/** The vault that such a name speaks of; null for any other name. */
export function vaultOfTag(tag: string): string | null {
  const vault = tag.startsWith(TAG) ? tag.slice(TAG.length) : ''
  return /^[0-9a-f]{32}$/.test(vault) ? vault : null
}

/** Asks the browser to hand in later, with or without a page. */
export interface Background {
  /** Handing in did not work just now. */
  failed(vault: string): void
  /** Asks when the page is left while something waits. @returns how to stop */
  onLeave(vault: string, isWaiting: () => boolean): () => void
}

type WithSync = ServiceWorkerRegistration & { sync?: { register(tag: string): Promise<void> } }

async function ask(vault: string): Promise<void> {
  try {
    const registration = (await navigator.serviceWorker.ready) as WithSync
    await registration.sync?.register(handInTag(vault))
  } catch {
    // A bonus where there is such a thing, never a promise: pages hand in by themselves.
  }
}

/** Background Sync of this browser; null where there is none. */
export function browserBackground(): Background | null {
  if (!('serviceWorker' in navigator) || !('SyncManager' in globalThis)) return null
  return {
    failed: (vault) => void ask(vault),
    onLeave(vault, isWaiting) {
      const left = () => {
        if (document.visibilityState === 'hidden' && isWaiting()) void ask(vault)
      }
      document.addEventListener('visibilitychange', left)
      return () => document.removeEventListener('visibilitychange', left)
    },
  }
}
