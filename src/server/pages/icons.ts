import type { EvidenceIcon } from '#domain/content/block.ts'
import { html, type SafeHtml } from './html.ts'

/** Line signs on a 24-grid, two pixels wide; decoration beside a word, so hidden from screen readers. */
const PATHS = {
  call: 'M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 6a2 2 0 0 1 2-2z',
  cross: 'M6 6l12 12M18 6L6 18',
  info: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v5M12 7.5v.1',
  warn: 'M12 4l9 16H3zM12 10v4M12 17v.1',
  pin: 'M12 21s7-6.2 7-11.5A7 7 0 0 0 5 9.5C5 14.8 12 21 12 21zM12 12a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z',
  word: 'M4 5h16v11H10l-5 4v-4H4z',
  next: 'M9 5l7 7-7 7',
  print: 'M7 8V3h10v5M7 17H4V9h16v8h-3M7 14h10v7H7z',
  camera: 'M4 8h4l2-3h4l2 3h4v11H4zM12 16.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z',
  people:
    'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c0-4 3-6 6.5-6s6.5 2 6.5 6M15.5 4.5a3.5 3.5 0 0 1 0 6.5M17.5 14.5c2.5.8 4 2.7 4 5.5',
  receipt: 'M6 3h12v18l-2-1.5-2 1.5-2-1.5-2 1.5-2-1.5L6 21zM9.5 8h5M9.5 12h5',
  image: 'M4 5h16v14H4zM8.5 11a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM5 18l5-5 3 3 3-3 4 4',
  paper: 'M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6',
  phone: 'M8 3h8a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zM11 18h2',
  bank: 'M3 6h18v12H3zM3 10h18M6.5 14.5h4',
  chat: 'M4 5h16v10H11l-4 4v-4H4zM8 9h8M8 12h5',
  calendar: 'M4 6h16v14H4zM4 10h16M8 3v4M16 3v4',
  video: 'M3 7h12v10H3zM15 11l6-3v8l-6-3z',
  medical: 'M4 7h16v13H4zM9 7V4h6v3M12 10.5v6M9 13.5h6',
  pen: 'M4 20l1-4L16 5l3 3L8 19zM14 7l3 3',
  map: 'M3 6l6-2 6 2 6-2v14l-6 2-6-2-6 2zM9 4v14M15 6v14',
  id: 'M3 5h18v14H3zM8.5 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM5.5 16c.3-1.7 1.5-2.5 3-2.5s2.7.8 3 2.5M14.5 9.5h4M14.5 13.5h4',
  box: 'M4 8l8-4 8 4v9l-8 4-8-4zM4 8l8 4 8-4M12 12v9',
  land: 'M3 20h18M5 20V12M9 20v-6M13 20V10M17 20v-8M4 9l4-4 4 3 4-4 4 3',
  money: 'M3 6h18v12H3zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM6 9v.1M18 15v.1',
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
