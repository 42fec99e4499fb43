/** A few words kept outside IndexedDB, which survive when a cleaner empties it: the marker (trust trap 4). */
export interface Marks {
  get(): string | null
  set(text: string): void
}

const MARKS_KEY = 'mingbai-vaults'

/** The markers of this browser, outside IndexedDB, so that an emptied database is noticed. */
export const browserMarks: Marks = {
  get() {
    try {
      return localStorage.getItem(MARKS_KEY)
    } catch {
      return null
    }
  },
  set(text) {
    try {
      localStorage.setItem(MARKS_KEY, text)
    } catch {
      // Without the marker a vanished database goes unnoticed; nothing else hangs on it.
    }
  },
}
