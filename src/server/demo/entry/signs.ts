import { html, type SafeHtml } from '../../pages/html.ts'

/** Line signs on a 24-grid beside the words of the entry page; hidden from screen readers. */
const PATHS = {
  clock: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7.5V12l3 2',
  eye: 'M2.5 12S6 5.8 12 5.8 21.5 12 21.5 12 18 18.2 12 18.2 2.5 12 2.5 12zM12 9.4a2.6 2.6 0 1 0 0 5.2 2.6 2.6 0 0 0 0-5.2z',
  question:
    'M12 3a9 9 0 1 1-4.6 16.7L3 21l1.3-4.4A9 9 0 0 1 12 3zM10 9.6a2.1 2.1 0 1 1 3 1.9c-.7.4-1 .8-1 1.4M12 15.6v.1',
  sprout:
    'M12 21v-9M12 13C12 9 9.500 6.500 4 6.500 4 11 7 13 12 13zM12 11c0-3.500 2.500-6 8-6 0 4.500-3 6-8 6zM8 21h8',
  search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l4.5 4.5',
  image:
    'M5 3.500h14a2 2 0 0 1 2 2v13a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-13a2 2 0 0 1 2-2zM8.500 7.500a1.500 1.500 0 1 0 0 3 1.500 1.500 0 0 0 0-3zM21 15.500l-5-4.500L5.500 20.500',
  chart: 'M4 20v-6M10 20V4M16 20V9M21 20v-9',
  report: 'M6 3h8l5 5v13H6zM14 3v5h5M9 12h7M9 16h7',
  scan: 'M4 8V5a1 1 0 0 1 1-1h3M16 4h3a1 1 0 0 1 1 1v3M20 16v3a1 1 0 0 1-1 1h-3M8 20H5a1 1 0 0 1-1-1v-3M7.500 12h9',
  paper: 'M5 4h14v16H5zM8.500 9h7M8.500 13h7M8.500 16.500h4',
  call: 'M6.5 3.5h2.7l1.6 4.2-2.1 1.6a12.5 12.5 0 0 0 6 6l1.6-2.1 4.2 1.6v2.7a2.5 2.5 0 0 1-2.7 2.5A16.5 16.5 0 0 1 4 6.2a2.5 2.5 0 0 1 2.5-2.7z',
  back: 'M4 5v5h5M4.500 10a8 8 0 1 1-.4 4',
} as const

export type SignName = keyof typeof PATHS

export const sign = (name: SignName): SafeHtml =>
  html`<svg class="sign" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path d="${PATHS[name]}" />
  </svg>`
