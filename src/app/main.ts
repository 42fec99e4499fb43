import { computed, ref } from 'vue'
import { firstRead } from '#phone/first-read.ts'
import { browserMarks, browserTrace } from '#phone/marks.ts'
import { readTroubles } from '#phone/trace.ts'
import { markedDevice, readMarks, waitingAside } from '#phone/vaults.ts'
import type { WhoAsks } from '#phone/who-asks.ts'
import { createClock } from './clock.ts'
import { createDesk } from './desk.ts'
import { createDirty } from './dirty.ts'
import { createEntry } from './entry.ts'
import { createHousehold } from './household.ts'
import { createInstall } from './install.ts'
import { lateDeviceKey } from './late-device-key.ts'
import { lateNotebook } from './late-notebook.ts'
import { lateShelf } from './late-shelf.ts'
import { knownDemo, rememberDemo } from './known-demo.ts'
import type { Demo, Services } from './services.ts'
import { createSettings } from './settings.ts'
import { start } from './start.ts'
import { createUpdate, reloadOnMissingChunk } from './update.ts'
import { createVaultLock, type VaultLockParts } from './vault-lock.ts'
import { watchTroubles } from './watch-troubles.ts'

const troubles = watchTroubles(window, browserTrace)

/** Whether this is a demo. Asked again when the network comes back, because an offline start cannot know. */
async function askDemo(services: Services): Promise<void> {
  const answer = await services.desk.get<{ demo: boolean; person: string; port: number }>('/api/demo')
  if (!answer.ok) {
    if (answer.reason === 'no-network')
      window.addEventListener('online', () => void askDemo(services), { once: true })
    return
  }
  if (!answer.value?.demo) return
  services.demo.value = { person: answer.value.person, port: answer.value.port }
  rememberDemo(services.demo.value)
  const { joinDemo } = await import('./demo-link.ts')
  await joinDemo(services, answer.value)
}

/** Resolves when what was drawn last is on screen. */
const painted = (): Promise<void> =>
  new Promise((resolve) => {
    requestAnimationFrame(() => setTimeout(resolve, 0))
    // A page in the background draws nothing, and still has work to hand in.
    setTimeout(resolve, 500)
  })

/** Resolves when the page has nothing better to do, or after two seconds. */
const quiet = (): Promise<void> =>
  new Promise((resolve) => {
    if ('requestIdleCallback' in window) requestIdleCallback(() => resolve(), { timeout: 2000 })
    else setTimeout(resolve, 500)
  })

/** The opening of the vault's database that first-paint.js began while this code was on its way, if it is of this vault. */
function begunOpening(vault: string): IDBOpenDBRequest | undefined {
  const { mbOpen } = window as { mbOpen?: IDBOpenDBRequest }
  const name = mbOpen?.readyState === 'done' && !mbOpen.error ? mbOpen.result.name : null
  return name === null || name.endsWith(vault) ? mbOpen : undefined
}

/** Longer than a slow phone needs to open a database that is there, ms. */
const SILENT_MS = 5000

/** Says that another page stands in the way while a reading takes longer than it should: the browser need not say so itself. */
async function orOtherPage<T>(reading: Promise<T>, storageLost: Services['storageLost']): Promise<T> {
  const late = setTimeout(() => (storageLost.value = 'other-page'), SILENT_MS)
  try {
    return await reading
  } finally {
    clearTimeout(late)
    storageLost.value = null
  }
}

/** The newest records straight from the database; the code that can write comes after they are on screen. */
function createNotebook(
  { desk, version, who }: { desk: Services['desk']; version: string; who: WhoAsks },
  storageLost: Services['storageLost'],
  lock: VaultLockParts,
): Services['notebook'] {
  const vault = readMarks(browserMarks).current
  const first =
    vault === null
      ? Promise.resolve(null)
      : orOtherPage(
          firstRead(vault, undefined, undefined, begunOpening(vault)).catch(() => null),
          storageLost,
        )
  void first.then((reading) => lock.found(reading?.locked === true))
  return lateNotebook(
    async () => {
      const isLocked = (await first)?.locked === true
      await painted()
      const keys = isLocked ? await lock.keys : null
      const { openNotebook } = await import('./open-notebook.ts')
      try {
        const held = (isHeld: boolean) => void (storageLost.value = isHeld ? 'other-page' : null)
        const { lockedElsewhere } = lock
        const book = await openNotebook(desk, version, held, { keys, lockedElsewhere }, who)
        void lock.opened(book)
        const save: typeof book.save = async (edits, finish) => {
          const done = await book.save(edits, finish)
          if (!done.ok && done.reason.startsWith('storage')) troubles.note(`save-${done.reason}`)
          return done
        }
        return { ...book, save }
      } catch (error) {
        storageLost.value = 'unopened'
        troubles.note('not-opened')
        throw error
      }
    },
    () => first,
    lock,
  )
}

// Where nothing can be kept, the static page already says what to do.
if (!document.documentElement.hasAttribute('data-env')) {
  const dirty = createDirty()
  const update = createUpdate(dirty)
  reloadOnMissingChunk(dirty)
  const who: WhoAsks = { device: markedDevice(browserMarks), key: lateDeviceKey() }
  const desk = createDesk(who)
  const storageLost: Services['storageLost'] = ref(null)
  const lock = createVaultLock(update.version, dirty)
  const notebook = createNotebook({ desk, version: update.version, who }, storageLost, lock)
  const shelf = lateShelf(async () => (await import('#phone/content-shelf.ts')).createContentShelf())
  troubles.follow(notebook.status)
  const me = ref(notebook.me.get())
  notebook.me.subscribe((value) => (me.value = value))
  const services: Services = {
    notebook,
    storageLost,
    desk,
    lock,
    household: createHousehold(lock),
    entry: createEntry(update.version, desk, who),
    settings: createSettings(),
    clock: createClock(),
    update,
    shelf,
    storage: {
      facts: async () => (await import('#phone/storage-facts.ts')).storageFacts(),
      keep: async () => (await import('#phone/storage-facts.ts')).askPersist(),
      troubles: () => readTroubles(browserTrace),
      aside: () => waitingAside(browserMarks),
    },
    origin: computed(() => me.value?.origin || location.origin),
    install: createInstall(),
    dirty,
    demo: ref<Demo | null>(knownDemo()),
  }
  const begin = async () => {
    await start(services)
    // What nobody waits for comes after the first list is on screen.
    await quiet()
    await Promise.all([askDemo(services), update.start(), shelf.look(), services.entry.finishLeaving()])
    window.addEventListener('online', () => void services.entry.finishLeaving())
  }
  void begin()
}
