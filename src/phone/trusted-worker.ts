interface ScriptPolicy {
  createScriptURL(url: string): string
}

interface Policies {
  createPolicy(name: string, rules: ScriptPolicy): ScriptPolicy
}

/** The service worker's address. */
export const SERVICE_WORKER = '/service-worker.js'

/** The one worker of the page, as the build names it. */
const KEY_WORKER = /^\/assets\/argon2-worker-[\w-]+\.js$/

/** Two scripts of our own and no other. */
function ours(url: string): string {
  const { origin, pathname } = new URL(url, location.origin)
  const isOurs = origin === location.origin && (pathname === SERVICE_WORKER || KEY_WORKER.test(pathname))
  if (!isOurs) throw new TypeError('not one of our scripts')
  return url
}

let policy: ScriptPolicy | undefined

/** An address of a script as Trusted Types want it, where the browser has such; throws for one that is not ours. */
export function trustedScript(url: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: Policies }
  // Only one policy may ever have the name.
  policy ??= trustedTypes?.createPolicy('mb-url', { createScriptURL: ours }) ?? { createScriptURL: ours }
  return policy.createScriptURL(url)
}

/**
 * Workers of our own build; null where there are none. Whoever makes one calls this `Worker`, so that the build sees what has to be
 * brought along.
 */
export function trustedWorkers(): typeof globalThis.Worker | null {
  if (typeof globalThis.Worker === 'undefined') return null
  return class extends globalThis.Worker {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(trustedScript(String(url)), options)
    }
  }
}
