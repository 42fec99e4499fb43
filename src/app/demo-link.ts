import { DemoSchema, EnteredSchema, type Demo } from '#sync/protocol/accounts.ts'
import * as v from 'valibot'
import { watch } from 'vue'
import type { Services } from './services.ts'

/** Which demo world this browser last entered; outlives the page, holds nothing of anybody. */
const WORLD = 'mb.demo-world'

const demoOf = (answer: unknown): Demo | null => {
  const read = v.safeParse(DemoSchema, answer)
  return read.success && read.output.demo ? read.output : null
}

/** Enters as the person of this port; the world that was played before stays shut, beside the new one. */
async function enterAgain(services: Services, device: number | null): Promise<boolean> {
  const answer = await services.desk.post<unknown>('/api/entry/demo', { device })
  const read = answer.ok ? v.safeParse(EnteredSchema, answer.value) : null
  if (!read?.success) return false
  return (await services.entry.enter(read.output)).ok
}

/**
 * Looks whether the world was put back since this browser entered it, and if so starts over as the same person in the new one;
 * a session that ended in the same world is opened again without a question.
 */
async function follow(services: Services, demo: Demo, signedOut: boolean): Promise<void> {
  const known = localStorage.getItem(WORLD)
  localStorage.setItem(WORLD, demo.world)
  if (known !== null && known !== demo.world) {
    if (await enterAgain(services, null)) location.reload()
  } else if (signedOut && (await enterAgain(services, await services.entry.device()))) {
    // After signing out without a network this notebook is nobody's; the person's own opens with the page.
    if (services.notebook.me.get() === null) await reloadWhenClean(services.dirty)
    else await services.notebook.entered()
  }
}

/** Loads the page anew as soon as nothing is being written; whoever waits for it waits for good. */
const reloadWhenClean = ({ any }: Services['dirty']): Promise<never> =>
  new Promise(() => {
    watch(any, (isDirty) => isDirty || location.reload(), { immediate: true })
  })

/** A browser that keeps no session would be let in again and again. */
const REST_MS = 10_000

/** Opens the session again whenever it ended, and not in a loop. */
function keepEntered(services: Services): void {
  let isResting = false
  const look = async (): Promise<void> => {
    if (isResting || !services.notebook.status.get()?.needsLogin) return
    isResting = true
    const again = await services.desk.get<unknown>('/api/demo')
    const now = again.ok ? demoOf(again.value) : null
    if (now) await follow(services, now, true)
    setTimeout(() => {
      isResting = false
      void look()
    }, REST_MS)
  }
  services.notebook.status.subscribe(look)
}

const entryOrigin = (demo: Demo): string => `${location.protocol}//${location.hostname}:${demo.main}`

/** The entry page's 断网 switch: heard from that page alone, and answered with what really is. */
function listen(services: Services, demo: Demo): void {
  const origin = entryOrigin(demo)
  if (window.parent === window) return
  window.addEventListener('message', (event: MessageEvent<unknown>) => {
    const order = event.data as { mingbai?: unknown; on?: unknown } | null
    if (event.origin !== origin || order?.mingbai !== 'cut' || typeof order.on !== 'boolean') return
    services.notebook.setCut(order.on)
  })
  const say = (message: object) => window.parent.postMessage(message, origin)
  let cut: boolean | null = null
  services.notebook.status.subscribe((status) => {
    if (status.cut === cut) return
    cut = status.cut
    say({ mingbai: 'cut-is', on: cut })
  })
  say({ mingbai: 'ready' })
}

/**
 * Where the server says that this is somebody's port of a demo: follows the world when it is put back, and obeys the entry page's
 * switch. @param answer what the server said of the demo
 */
export async function joinDemo(services: Services, answer: unknown): Promise<void> {
  const demo = demoOf(answer)
  if (!demo || demo.person === '') return
  listen(services, demo)
  await follow(services, demo, false)
  keepEntered(services)
}
