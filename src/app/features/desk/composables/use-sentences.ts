import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'
import type { DeskSentences } from '#domain/desk/say.ts'
import { sentencesOf } from '#domain/desk/sentences.ts'

/** The desk's sentences in the language shown now. */
export function useSentences(): ComputedRef<DeskSentences> {
  const { locale } = useI18n()
  return computed(() => sentencesOf(locale.value))
}
