import { createI18n } from 'vue-i18n'
import type { Language } from './settings.ts'

type Messages = Record<string, unknown>

/** What every screen and the first one need, in the language most people use, comes with the shell; the rest by screen. */
const START = import.meta.glob<Messages>('./text/zh-CN/{shell,sync,today,date,word,record,refusal}.json', {
  eager: true,
  import: 'default',
})
const FILES = import.meta.glob<Messages>(
  ['./text/*/*.json', '!./text/zh-CN/{shell,sync,today,date,word,record,refusal}.json'],
  { import: 'default' },
)
const ALWAYS = ['shell', 'sync', 'today', 'date', 'word', 'record', 'refusal']

const screenOf = (file: string): string => file.replace(/^.*\/(.+)\.json$/, '$1')

export const i18n = createI18n({
  legacy: false,
  locale: 'zh-CN',
  fallbackLocale: 'zh-CN',
  messages: {
    'zh-CN': Object.fromEntries(Object.entries(START).map(([file, messages]) => [screenOf(file), messages])),
  },
  missingWarn: import.meta.env.DEV,
  fallbackWarn: false,
})

const loaded = new Set(ALWAYS.map((screen) => `zh-CN/${screen}`))
const wanted = new Set(ALWAYS)

async function load(language: Language, screen: string): Promise<void> {
  const key = `${language}/${screen}`
  const file = FILES[`./text/${key}.json`]
  if (loaded.has(key) || !file) return
  const messages = await file()
  i18n.global.mergeLocaleMessage(language, { [screen]: messages })
  loaded.add(key)
}

const current = (): Language => i18n.global.locale.value as Language

/** Makes the words of these screens ready in the language shown now. The Chinese words come too: they stand in for what is missing. */
export async function loadText(screens: readonly string[]): Promise<void> {
  for (const screen of screens) wanted.add(screen)
  const languages: Language[] = current() === 'zh-CN' ? ['zh-CN'] : ['zh-CN', current()]
  await Promise.all(languages.flatMap((language) => screens.map((screen) => load(language, screen))))
}

/** Changes the language once all words that were shown so far are there in the other one. */
export async function setLanguage(language: Language): Promise<void> {
  await Promise.all([...wanted].map((screen) => load(language, screen)))
  ;(i18n.global.locale as { value: Language }).value = language
}
