import { ref, type Ref } from 'vue'

/** Putting the app on the home screen, where the browser offers it. Asked after the third saved record, at most once a month. */
export interface Install {
  /** The browser offers it, and it is time to. */
  offered: Ref<boolean>
  /** A record was saved. */
  saved(): void
  /** Shows the browser's own question. */
  ask(): Promise<void>
  /** 以后再说. */
  later(): void
}

/** The browser's offer; Chromium alone has it. */
interface Offer extends Event {
  prompt(): Promise<unknown>
}

const SAVES = 'mb.saves'
const LATER = 'mb.install-later'
const ENOUGH = 3
const MONTH_MS = 31 * 86_400_000

function read(key: string): number {
  try {
    return Number(localStorage.getItem(key)) || 0
  } catch {
    return 0
  }
}

function write(key: string, value: number): void {
  try {
    localStorage.setItem(key, String(value))
  } catch {
    // Then it is offered once more another time.
  }
}

export function createInstall(): Install {
  const offered = ref(false)
  let offer: Offer | undefined
  const look = () => {
    offered.value = offer !== undefined && read(SAVES) >= ENOUGH && Date.now() - read(LATER) > MONTH_MS
  }
  const later = () => {
    write(LATER, Date.now())
    offered.value = false
  }
  window.addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault()
    offer = event as Offer
    look()
  })
  return {
    offered,
    saved() {
      // Only so far as the question needs it.
      if (read(SAVES) < ENOUGH) write(SAVES, read(SAVES) + 1)
      look()
    },
    async ask() {
      const asked = offer
      later()
      offer = undefined
      await asked?.prompt()
    },
    later,
  }
}
