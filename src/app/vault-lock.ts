import { ref, type Ref } from 'vue'
import type { Result } from '#domain/result.ts'
import type { NotebookWithFiles } from '#phone/attachments/api.ts'
import { browserMarks } from '#phone/marks.ts'
import type { LockedBook } from '#phone/vault/locked-book.ts'
import type { Secret, VaultKeys } from '#phone/seal/envelope.ts'
import type { WeakSecret } from '#phone/vault/secret.ts'
import { isUnfinished } from '#phone/vault/unfinished.ts'
import type { UnlockRefusal } from '#phone/vault/unlock.ts'
import { readMarks } from '#phone/vaults.ts'
import type { Dirty } from './dirty.ts'

/** unknown: not looked yet. open: what is here can be read. locked: it has a PIN. ended: after ten wrong tries. */
export type LockState = 'unknown' | 'open' | 'locked' | 'ended'

/** Work that has still to go. */
export interface Owed {
  ops: number
  files: number
}

/** The lock of the vault this page shows. */
export interface VaultLock {
  state: Ref<LockState>
  /** Whether it can be locked; false until that is known. */
  hasPin: Ref<boolean>
  /** New records that were written down while it is locked. */
  kept: Ref<number>
  /** Whether a page may be shown while it is locked: writing what is new, and the law. */
  isFree(path: string, draft: unknown): boolean
  /** What of this phone's locked work the server does not have yet; null: not known, no word came from it. */
  owed: Ref<Owed | null>
  /** Tries that are left, and ms until the next one; what closes it besides (the office, or too long without a word); drafts in it. */
  tries(): Promise<{
    left: number
    wait: number
    closed: 'held' | 'lease' | null
    drafts: number
    /** Whether a passphrase opens it too. */
    hasPhrase: boolean
  }>
  /** Whether a first PIN may be spoken of: something was written on this phone, it has none, and nobody said no to it. */
  mayOffer(): boolean
  /** Nobody speaks of it again. */
  putAway(): void
  /** Hands in what waits in vaults that nobody has open, this one too while it is locked. Never rejects. */
  tend(): Promise<void>
  /** The PIN is forgotten, and whoever holds the phone wants to begin anew; what lies here is handed in and not opened again. */
  forget(): Promise<void>
  unlock(words: string, by?: Secret['by']): Promise<'open' | UnlockRefusal>
  /** Whether it is their PIN, asked once more while it is open; a try like every other. */
  confirm(pin: string): Promise<'open' | UnlockRefusal>
  /** Keeps what is half typed, closes everything and begins this page anew, locked; other pages of this browser too. */
  lock(): Promise<void>
  /** Why nobody should take this PIN or passphrase; null: it will do. */
  weak(words: string, by?: Secret['by']): Promise<WeakSecret | null>
  /** Sets the first PIN; this page then has to be locked, because it knows the vault no longer. */
  set(pin: string): Promise<Result<true, string>>
  change(known: Secret, next: Secret): Promise<Result<true, string>>
  /** Begins writing on a locked phone. */
  write(): void
}

/** What main.ts holds of it besides. */
export interface VaultLockParts extends VaultLock {
  /** Resolves at the unlock. */
  keys: Promise<VaultKeys>
  /** The first reading says how it stands. */
  found(isLocked: boolean): void
  /** The notebook is there. */
  opened(book: NotebookWithFiles): Promise<void>
  /** Another page locked. */
  lockedElsewhere(): void
  /** The writing half, while it is locked; null: it is not. */
  book(): Promise<LockedBook | null>
  /** Calls when writing begins on a locked phone. */
  whenWriting(heard: (book: LockedBook) => void): void
}

/** Longer than keeping a draft and closing the database take, ms. */
const KEEP_MS = 700
const CLOSE_MS = 200
const FREE = /^\/(log|learn)(\/|$)/

const within = (work: Promise<unknown> | undefined, ms: number): Promise<unknown> =>
  Promise.race([work?.catch(() => undefined), new Promise((go) => setTimeout(go, ms))])

const PUT_AWAY = 'mb.no-pin'

function isPutAway(): boolean {
  try {
    return localStorage.getItem(PUT_AWAY) !== null
  } catch {
    return true
  }
}

/** How often a page that is open tends what is closed, and how soon again when something did not go, ms. */
const TEND_MS = 5 * 60_000
const TEND_SOON_MS = 1500

/** Tends closed vaults now, when the network comes back, and from time to time. */
function keepTending(tend: () => Promise<void>): void {
  void tend()
  window.addEventListener('online', () => void tend())
}

/** Comes with the code that knows the database. */
const parts = () => import('./open-vault.ts')

/** @param version of the app, for the server's records */
export function createVaultLock(version: string, dirty: Dirty): VaultLockParts {
  /** The vault this page shows; null until somebody has entered. */
  let { current } = readMarks(browserMarks)
  const state = ref<LockState>('unknown')
  const hasPin = ref(false)
  /** What was being written when the page was locked: its words are in the vault. */
  const begun = new URLSearchParams(location.search).get('draft')
  let notebook: NotebookWithFiles | undefined
  let locked: Promise<LockedBook | null> | undefined
  let heardWriting: ((book: LockedBook) => void) | undefined
  let giveKeys: ((keys: VaultKeys) => void) | undefined
  const keys = new Promise<VaultKeys>((go) => (giveKeys = go))
  let isLocking = false
  const owed = ref<Owed | null>(null)
  let person: string | null = null
  let tending: Promise<void> | null = null
  let isOwing = false

  async function tendNow(): Promise<void> {
    const open = state.value === 'open' ? current : null
    // Until it is known whose this page is, it is nobody's to tend for.
    if (open !== null && person === null) return
    const { tend } = await parts()
    const found = await tend(open === null ? null : { vault: open, person: person ?? '' }, version)
    const own = found.find((one) => one.vault === current)
    // Emptied, as the office ordered: this page is nobody's now, says so, and asks who comes.
    if (own?.gone) location.replace('/app/enter?emptied')
    if (own) owed.value = own.answer || own.ops + own.files === 0 ? { ops: own.ops, files: own.files } : null
    isOwing = found.some(isUnfinished)
  }
  let pause = TEND_SOON_MS
  let again: ReturnType<typeof setTimeout> | undefined
  const tend = (): Promise<void> =>
    (tending ??= tendNow()
      .catch(() => undefined)
      .finally(() => {
        tending = null
        clearTimeout(again)
        // What did not go is tried again soon, and ever more seldom.
        pause = isOwing && navigator.onLine ? Math.min(pause * 2, TEND_MS) : TEND_SOON_MS
        again = setTimeout(() => void tend(), isOwing ? pause * 2 : TEND_MS)
      }))

  /** Nothing more is to be seen, and soon nothing more is in memory: a page that begins anew holds nothing of the one before. */
  async function close(isOurs: boolean): Promise<void> {
    if (isLocking) return
    isLocking = true
    document.documentElement.setAttribute('data-locked', '')
    // The others first: they hide at once, however long keeping takes here.
    if (isOurs) notebook?.guard?.lockOthers()
    await within(dirty.keepAll(), KEEP_MS)
    await within(notebook?.close(), CLOSE_MS)
    location.reload()
  }

  async function watch(): Promise<void> {
    hasPin.value = true
    const { autoLock } = await import('./auto-lock.ts')
    autoLock({ lock: () => void close(true), drop: () => void notebook?.close() })
  }

  const book = async (): Promise<LockedBook | null> =>
    state.value === 'locked'
      ? (locked ??= parts().then(({ lockedBook }) => lockedBook(current ?? '', version)))
      : null

  return {
    state,
    hasPin,
    kept: ref(0),
    keys,
    isFree: (path, draft) => FREE.test(path) && (begun === null || draft !== begun),
    owed,
    tend,
    mayOffer() {
      const { vaults } = readMarks(browserMarks)
      const mark = vaults.find((one) => one.id === readMarks(browserMarks).current)
      return state.value === 'open' && !hasPin.value && (mark?.n ?? 0) > 0 && !isPutAway()
    },
    putAway() {
      try {
        localStorage.setItem(PUT_AWAY, '1')
      } catch {
        // Where nothing can be kept it is said again another day.
      }
    },
    found(isLocked) {
      state.value = isLocked ? 'locked' : 'open'
      if (isLocked) keepTending(tend)
    },
    async forget() {
      ;(await parts()).forget(current ?? '')
      location.assign('/app/')
    },
    async opened(whole) {
      notebook = whole
      // Entered on this very page: the vault is open here, and not one to be tended as nobody's.
      current ??= readMarks(browserMarks).current
      let isKnown = false
      // Listeners are told at once what is known already, so there is nothing yet to stop listening with.
      whole.me.subscribe((me) => {
        if (!me || isKnown) return
        isKnown = true
        person = me.person
        keepTending(tend)
      })
      if (!hasPin.value && (await whole.guard?.hasPin())) await watch()
    },
    tries: async () => (await parts()).tries(current ?? '', version),
    async unlock(words, by = 'pin') {
      const { unlock } = await parts()
      const done = await unlock(current ?? '', version, { by, words })
      if (!done.ok) {
        if (done.reason === 'ended') {
          state.value = 'ended'
          void tend()
        }
        return done.reason
      }
      await within(
        locked?.then((one) => one?.close()),
        KEEP_MS,
      )
      giveKeys?.(done.value)
      state.value = 'open'
      await watch()
      return 'open'
    },
    async confirm(pin) {
      const done = await (await parts()).unlock(current ?? '', version, { by: 'pin', words: pin })
      // The tenth wrong one ends it, open or not.
      if (!done.ok && done.reason === 'ended') void close(true)
      return done.ok ? 'open' : done.reason
    },
    lock: () => close(true),
    lockedElsewhere: () => void close(false),
    weak: async (words, by = 'pin') => (await import('#phone/vault/secret.ts')).weakSecret({ by, words }),
    set: async (pin) => (await notebook?.guard?.set(pin)) ?? { ok: false, reason: 'not-entered' },
    change: async (known, next) =>
      (await notebook?.guard?.change(known, next)) ?? { ok: false, reason: 'not-entered' },
    book,
    whenWriting: (heard) => void (heardWriting = heard),
    write() {
      void book().then((one) => one && heardWriting?.(one))
    },
  }
}
