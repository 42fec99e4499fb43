import { ref, type Ref } from 'vue'
import { SERVICE_WORKER, trustedScript } from '#phone/trusted-worker.ts'
import type { Dirty } from './dirty.ts'

export const VERSION: string = __APP_VERSION__

/** New versions and readiness. A waiting version is put on at the next cold start, or when asked and nothing is being written. */
export interface Update {
  version: string
  /** `none`: no worker here; `preparing`: files still come; `ready`: works without a network; `waiting`: a new version lies ready. */
  state: Ref<'none' | 'preparing' | 'ready' | 'waiting'>
  /** When a new version was last looked for (epoch ms by this phone's clock); null: never, or not known. */
  lookedAt: Ref<number | null>
  /** Puts the waiting version on; false when something is being written or nothing waits. */
  apply(): boolean
}

function once(key: string): boolean {
  try {
    if (sessionStorage.getItem(key)) return false
    sessionStorage.setItem(key, '1')
    return true
  } catch {
    return false
  }
}

/** A chunk of an older build is gone: load the page anew, once per visit and never over something unsaved. */
export function reloadOnMissingChunk(dirty: Dirty): void {
  window.addEventListener('vite:preloadError', (event) => {
    if (dirty.any.value || !once('mb.reloaded')) return
    event.preventDefault()
    location.reload()
  })
}

let touched = false
for (const kind of ['pointerdown', 'keydown'] as const)
  window.addEventListener(kind, () => (touched = true), { once: true, capture: true, passive: true })

const LOOKED = 'mb.looked'

function lookedBefore(): number | null {
  try {
    return Number(localStorage.getItem(LOOKED)) || null
  } catch {
    return null
  }
}

/** Asks whether there is a new version; without a network there is no answer, and it is not said that one looked. */
async function look(registration: ServiceWorkerRegistration, lookedAt: Update['lookedAt']): Promise<void> {
  try {
    await registration.update()
    lookedAt.value = Date.now()
    localStorage.setItem(LOOKED, String(lookedAt.value))
  } catch {
    // No network, or nothing can be kept: the time of the last look stands.
  }
}

function watchWorker(registration: ServiceWorkerRegistration, state: Update['state']): void {
  const follow = (worker: ServiceWorker | null) => {
    worker?.addEventListener('statechange', () => {
      if (worker.state === 'installed') state.value = navigator.serviceWorker.controller ? 'waiting' : 'ready'
      if (worker.state === 'activated') state.value = 'ready'
    })
  }
  if (registration.waiting) state.value = 'waiting'
  else if (registration.active) state.value = 'ready'
  else state.value = 'preparing'
  follow(registration.installing)
  registration.addEventListener('updatefound', () => follow(registration.installing))
}

/**
 * Whether the worker was changed under this page: then its own files are no longer kept, and what it fetches late would be missing. It
 * happens to a page that is opened in the moment in which the last page of an older build is closed.
 */
async function isLeftBehind(): Promise<boolean> {
  const own = document.querySelector<HTMLScriptElement>('script[type=module]')?.src
  const worker = navigator.serviceWorker.controller
  if (own === undefined || !worker) return false
  // It takes over first and tidies up then.
  if (worker.state !== 'activated')
    await new Promise((go) => worker.addEventListener('statechange', go, { once: true }))
  return (await caches.match(own, { ignoreSearch: true })) === undefined
}

/** Goes over to the build of the worker, once per visit, before anybody has touched the page. */
async function catchUp(dirty: Dirty): Promise<void> {
  const isBehind = await isLeftBehind().catch(() => false)
  if (isBehind && !touched && !dirty.any.value && once('mb.caught-up')) location.reload()
}

/** Registers the worker when the first list is on screen, and tells what it is doing. */
export function createUpdate(dirty: Dirty): Update & { start(): Promise<void> } {
  const state: Update['state'] = ref('none')
  const lookedAt = ref(lookedBefore())
  let registration: ServiceWorkerRegistration | undefined
  const put = () => {
    const waiting = registration?.waiting
    if (!waiting || dirty.any.value) return false
    let isGoing = false
    // Once: on a slow phone the first is still under way when the timer rings, and would begin anew.
    const reload = () => {
      if (isGoing || dirty.any.value) return
      isGoing = true
      location.reload()
    }
    navigator.serviceWorker.addEventListener('controllerchange', reload, { once: true })
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker takes none
    waiting.postMessage({ type: 'SKIP_WAITING' })
    // Some engines never tell that the worker has changed.
    setTimeout(reload, 1500)
    return true
  }
  return {
    version: VERSION,
    state,
    lookedAt,
    apply: put,
    async start() {
      if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return
      try {
        registration = await navigator.serviceWorker.register(trustedScript(SERVICE_WORKER), {
          updateViaCache: 'none',
        })
      } catch {
        return
      }
      watchWorker(registration, state)
      navigator.serviceWorker.addEventListener('controllerchange', () => void catchUp(dirty))
      void catchUp(dirty)
      void look(registration, lookedAt)
      // A cold start that nobody has touched yet is the quietest moment to change.
      if (registration.waiting && !touched && once('mb.started')) put()
      else once('mb.started')
    },
  }
}
