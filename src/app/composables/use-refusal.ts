import { useI18n } from 'vue-i18n'

/** One sentence for a reason code: what happened, that nothing is lost, what to do. Needs the words of `refusal`. */
export function useRefusal(): (reason: string) => string {
  const { t, te } = useI18n()
  return (reason) =>
    te(`refusal.${reason}`) || te(`refusal.${reason}`, 'zh-CN')
      ? t(`refusal.${reason}`)
      : t('refusal.unknown', { reason })
}
