import { useI18n } from 'vue-i18n'
import { useRefusal } from '../../../composables/use-refusal.ts'

/** Sentences about a backup that could not be made or read. */
export function useBackupWords(): { refusal(reason: string): string } {
  const { t, te } = useI18n()
  const sentence = useRefusal()
  return {
    refusal: (reason) =>
      te(`safe.take.refusal.${reason}`, 'zh-CN') ? t(`safe.take.refusal.${reason}`) : sentence(reason),
  }
}
