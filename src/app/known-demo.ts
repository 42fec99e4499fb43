import type { Demo } from './services.ts'

const KEY = 'mb.demo'

/** Whose demo this browser showed last, so that its banner stands from the first paint on, without a network too. */
export function knownDemo(): Demo | null {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? 'null') as Partial<Demo> | null
    return kept && typeof kept.person === 'string' && typeof kept.port === 'number'
      ? { person: kept.person, port: kept.port }
      : null
  } catch {
    return null
  }
}

export function rememberDemo(demo: Demo): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(demo))
  } catch {
    // Blocked or full: the banner then comes with the server's answer.
  }
}

/** Whether the page stands in one of the entry page's frames, which have a banner and a switch of their own. */
export const isFramed = (): boolean => window.parent !== window
