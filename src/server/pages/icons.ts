import evidence from '#seeds/evidence-signs.json' with { type: 'json' }
import type { EvidenceIcon } from '#domain/content/block.ts'
import { html, type SafeHtml } from './html.ts'

/** Line signs on a 24-grid, two pixels wide; decoration beside a word, so hidden from screen readers. */
const PATHS = {
  // The signs of evidence are the same as in the app.
  ...evidence.signs,
  call: 'M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 6a2 2 0 0 1 2-2z',
  cross: 'M6 6l12 12M18 6L6 18',
  info: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v5M12 7.5v.1',
  warn: 'M12 4l9 16H3zM12 10v4M12 17v.1',
  pin: 'M12 21s7-6.2 7-11.5A7 7 0 0 0 5 9.5C5 14.8 12 21 12 21zM12 12a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z',
  word: 'M4 5h16v11H10l-5 4v-4H4z',
  next: 'M9 5l7 7-7 7',
  tick: 'M4 12.5l5.5 5.5L20 7',
  print: 'M7 8V3h10v5M7 17H4V9h16v8h-3M7 14h10v7H7z',
} satisfies Record<EvidenceIcon, string> & Record<string, string>

export type IconName = keyof typeof PATHS

/** One sign, sized by its class. */
export const icon = (name: IconName): SafeHtml =>
  html`<svg class="i" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path d="${PATHS[name]}" />
  </svg>`

/** The mark of the house. */
export const LOGO: SafeHtml = html`<svg class="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
  <rect width="32" height="32" rx="8" />
  <path d="M9 11h14M9 16h14M9 21h9" />
</svg>`
