import { useI18n } from 'vue-i18n'
import type { VillageWord } from '#domain/dispute/type.ts'

/** A village's word in the language of the screen. */
export function useWords() {
  const { locale } = useI18n()
  return { word: (one: VillageWord): string => (locale.value === 'en' ? one.english : one.word) }
}
