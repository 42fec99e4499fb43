/// <reference lib="webworker" />
import {
  createHandlerBoundToURL,
  precacheAndRoute,
  cleanupOutdatedCaches,
  type PrecacheEntry,
} from 'workbox-precaching'
import { NavigationRoute, registerRoute } from 'workbox-routing'
import { vaultOfTag } from '#phone/background.ts'
import { handIn } from './hand-in.ts'

declare const self: ServiceWorkerGlobalScope & { __WB_MANIFEST: (PrecacheEntry | string)[] }

/** The frame that every page of the app starts from. */
const SHELL = '/index.html'

// `/` is the public page and not the frame, whatever its file is called.
// oxlint-disable-next-line no-underscore-dangle -- the name by which Workbox puts in the list of files
precacheAndRoute(self.__WB_MANIFEST, { directoryIndex: '', cleanURLs: false })
cleanupOutdatedCaches()

// The page that mends the app needs nothing of the app (L-46).
registerRoute(
  new NavigationRoute(createHandlerBoundToURL('/repair.html'), { allowlist: [/^\/app\/repair\/?$/] }),
)
// Pages under /app/ start from the kept frame; public pages and /api go to the server, always.
registerRoute(new NavigationRoute(createHandlerBoundToURL(SHELL), { allowlist: [/^\/app(\/|$)/] }))

// A page that is open while the first worker starts is kept from now on. A waiting worker stays waiting: nothing is changed under
// somebody who writes.
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))

/** The page says when nothing is being written. */
const isGo = (message: unknown): boolean =>
  message === 'activate-update' || (message as { type?: unknown } | null)?.type === 'SKIP_WAITING'

self.addEventListener('message', (event) => {
  if (isGo(event.data)) event.waitUntil(self.skipWaiting())
})

/** Where there is Background Sync; the language's own types do not know it. */
interface SyncEvent extends ExtendableEvent {
  tag: string
}

self.addEventListener('sync' as 'message', (event) => {
  const { tag } = event as unknown as SyncEvent
  const vault = vaultOfTag(tag)
  if (vault !== null) event.waitUntil(handIn(vault, __APP_VERSION__))
})
