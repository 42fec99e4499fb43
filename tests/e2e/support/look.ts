import type { Page } from 'playwright-core'

export const SIZES = [18, 22, 26, 30] as const
export const THEMES = ['light', 'dark', 'sun'] as const
export type Look = { size: (typeof SIZES)[number]; theme: (typeof THEMES)[number] }

/** Puts size and theme on as the settings page would have: kept in this browser, read before the first paint. */
export async function wear(page: Page, look: Look): Promise<void> {
  await page.evaluate(({ size, theme }) => {
    localStorage.setItem('mb.size', String(size))
    localStorage.setItem('mb.theme', theme)
    const root = document.documentElement
    if (size === 18) root.removeAttribute('data-size')
    else root.setAttribute('data-size', String(size))
    root.toggleAttribute('data-large', size >= 26)
    if (theme === 'light') root.removeAttribute('data-theme')
    else root.setAttribute('data-theme', theme)
  }, look)
}

/** So many frames without a change, and nothing that still moves, are rest. */
const REST_FRAMES = 10

/** Waits until a page has come to rest: what comes from the phone's own store stands there, a sheet has come up. */
export const untilAtRest = (page: Page): Promise<void> =>
  page.evaluate(async (frames) => {
    let quiet = 0
    const watching = new MutationObserver(() => (quiet = 0))
    watching.observe(document, { subtree: true, childList: true, attributes: true, characterData: true })
    // What turns for ever comes to no rest.
    const ends = (one: Animation) => one.effect?.getComputedTiming().iterations !== Infinity
    const moves = () => document.getAnimations().some((one) => one.playState === 'running' && ends(one))
    while (quiet < frames) {
      await new Promise((next) => requestAnimationFrame(next))
      quiet = moves() ? 0 : quiet + 1
    }
    watching.disconnect()
  }, REST_FRAMES)

/**
 * What does not fit on a page: the page itself scrolling sideways, and texts cut off by their own box. What is meant only for
 * screen readers, and boxes that scroll by themselves, do not count.
 */
export const misfits = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const found: string[] = []
    const wide = document.documentElement.scrollWidth - window.innerWidth
    if (wide > 1) found.push(`page wider by ${wide}`)
    const nameOf = (element: Element) =>
      `${element.tagName.toLowerCase()}.${String(element.className).split(' ')[0]} "${(element.textContent ?? '').trim().slice(0, 16)}"`
    for (const element of document.querySelectorAll('body *')) {
      if (
        !(element instanceof HTMLElement) ||
        element.closest('.sr, [aria-hidden="true"], dialog:not([open])')
      )
        continue
      const style = getComputedStyle(element)
      // An invisible control laid over its visible words has nothing to cut.
      if (
        style.display === 'none' ||
        style.visibility === 'hidden' ||
        style.opacity === '0' ||
        element.offsetWidth <= 1
      )
        continue
      const hidesX = style.overflowX === 'hidden' || style.overflowX === 'clip'
      const hidesY = style.overflowY === 'hidden' || style.overflowY === 'clip'
      if (hidesX && element.scrollWidth > element.clientWidth + 2)
        found.push(`cut sideways: ${nameOf(element)}`)
      if (hidesY && element.scrollHeight > element.clientHeight + 2)
        found.push(`cut below: ${nameOf(element)}`)
      const box = element.getBoundingClientRect()
      if (
        element.childElementCount === 0 &&
        element.textContent?.trim() &&
        (box.right > window.innerWidth + 1 || box.left < -1) &&
        !element.closest('table, [data-scroll]')
      )
        found.push(`outside: ${nameOf(element)}`)
    }
    return found
  })
