import { ref, watch, type Ref } from 'vue'

export const SIZES = [18, 22, 26, 30] as const
export type Size = (typeof SIZES)[number]
export type Theme = 'light' | 'dark' | 'auto' | 'sun'
export type Language = 'zh-CN' | 'en'

/** What a person chose on this phone. Kept in localStorage, because the first paint needs it before anything else runs. */
export interface Settings {
  size: Ref<Size>
  theme: Ref<Theme>
  language: Ref<Language>
}

const GROUND = { light: '#f5f6f4', dark: '#10161c', sun: '#ffffff' } as const

function read(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

function write(key: string, value: string) {
  try {
    localStorage.setItem(key, value)
  } catch {
    // Blocked or full: the choice then lasts for this visit only.
  }
}

const oneOf = <T>(list: readonly T[], value: unknown, other: T): T =>
  list.find((one) => String(one) === value) ?? other

/** The theme that is really shown: 跟手机 follows the phone. */
export const shownTheme = (theme: Theme, phoneIsDark: boolean): 'light' | 'dark' | 'sun' =>
  theme === 'auto' ? (phoneIsDark ? 'dark' : 'light') : theme

function show(size: Size, theme: 'light' | 'dark' | 'sun') {
  const root = document.documentElement
  if (size === 18) root.removeAttribute('data-size')
  else root.setAttribute('data-size', String(size))
  root.toggleAttribute('data-large', size >= 26)
  if (theme === 'light') root.removeAttribute('data-theme')
  else root.setAttribute('data-theme', theme)
  document.querySelector('meta[name=theme-color]')?.setAttribute('content', GROUND[theme])
}

/** Reads the choices, shows them, and keeps every later change (in the other tabs too). */
export function createSettings(): Settings {
  const size = ref(oneOf(SIZES, read('mb.size'), 18))
  const theme = ref(oneOf<Theme>(['light', 'dark', 'auto', 'sun'], read('mb.theme'), 'light'))
  const language = ref(oneOf<Language>(['zh-CN', 'en'], read('mb.lang'), 'zh-CN'))
  const phone = window.matchMedia('(prefers-color-scheme: dark)')
  const apply = () => {
    show(size.value, shownTheme(theme.value, phone.matches))
    document.documentElement.lang = language.value
  }
  apply()
  watch([size, theme, language], () => {
    write('mb.size', String(size.value))
    write('mb.theme', theme.value)
    write('mb.lang', language.value)
    apply()
  })
  // Safari 13 and old engines know only the older way of listening.
  if (typeof phone.addEventListener === 'function') phone.addEventListener('change', apply)
  window.addEventListener('storage', (event) => {
    if (event.key === 'mb.size') size.value = oneOf(SIZES, event.newValue, 18)
    if (event.key === 'mb.theme')
      theme.value = oneOf<Theme>(['light', 'dark', 'auto', 'sun'], event.newValue, 'light')
  })
  return { size, theme, language }
}
