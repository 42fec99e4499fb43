/** Nobody touched it for so long, ms. */
const IDLE_MS = 5 * 60_000
/** Nobody looked at it for so long, ms; while something is being chosen outside (a picture is taken), as long as nobody touches it. */
const HIDDEN_MS = 60_000
const LOOK_MS = 5000

const TOUCHES = ['pointerdown', 'keydown', 'input', 'scroll'] as const

const isHidden = (): boolean => document.visibilityState === 'hidden'

/** How long it has been by the clock that says more: one stands still while the phone sleeps, the other can be set. */
function stopwatch() {
  let [wall, ran] = [Date.now(), performance.now()]
  return {
    begin: () => void ([wall, ran] = [Date.now(), performance.now()]),
    ms: (): number => Math.max(Date.now() - wall, performance.now() - ran),
  }
}

/**
 * Locks an open vault when nobody is there: five minutes without a touch, a minute out of sight, or put to sleep by the browser.
 * @param on lock: keeps, closes, begins anew. drop: closes at once, where there is no time for more
 */
export function autoLock(on: { lock(): void; drop(): void }): void {
  const touched = stopwatch()
  const hidden = stopwatch()
  let isChoosing = false
  const look = () => {
    const away = isHidden() && !isChoosing && hidden.ms() >= HIDDEN_MS
    if (away || touched.ms() >= IDLE_MS) on.lock()
  }
  const touch = () => {
    // Too late: what was behind a locked door is not opened by touching it.
    look()
    touched.begin()
  }
  for (const name of TOUCHES) document.addEventListener(name, touch, { capture: true, passive: true })
  document.addEventListener(
    'click',
    ({ target }) => {
      isChoosing = target instanceof HTMLInputElement && target.type === 'file'
    },
    true,
  )
  document.addEventListener('visibilitychange', () => {
    if (isHidden()) {
      hidden.begin()
      setTimeout(look, HIDDEN_MS)
    } else if ((!isChoosing && hidden.ms() >= HIDDEN_MS) || touched.ms() >= IDLE_MS) on.lock()
  })
  setInterval(look, LOOK_MS)
  // Asleep in memory, or kept for going back: closed now, and begun anew when it wakes.
  const sleep = () => {
    document.documentElement.setAttribute('data-locked', '')
    on.drop()
  }
  document.addEventListener('freeze', sleep)
  document.addEventListener('resume', () => location.reload())
  window.addEventListener('pagehide', (event) => event.persisted && sleep())
  window.addEventListener('pageshow', (event) => event.persisted && location.reload())
}
