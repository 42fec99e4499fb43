/** A few words kept outside IndexedDB, which survive when a cleaner empties it: the marker (trust trap 4). */
export interface Marks {
  get(): string | null
  set(text: string): void
}

/** A line of text in this browser's storage beside IndexedDB; where there is none, it is forgotten and nothing else hangs on it. */
const keptUnder = (key: string): Marks => ({
  get() {
    try {
      return localStorage.getItem(key)
    } catch {
      return null
    }
  },
  set(text) {
    try {
      localStorage.setItem(key, text)
    } catch {
      // Without the marker a vanished database goes unnoticed.
    }
  },
})

/** The markers of this browser, outside IndexedDB, so that an emptied database is noticed. */
export const browserMarks: Marks = keptUnder('mingbai-vaults')

/** What the lock screen calls people; kept apart from the markers, which know nobody. */
export const browserAliases: Marks = keptUnder('mingbai-aliases')

/** What went wrong in this browser, outside IndexedDB; `repair.js` reads it too. */
export const browserTrace: Marks = keptUnder('mingbai-trace')
