import { useI18n } from 'vue-i18n'
import type { Role } from '#domain/access/role.ts'
import { useRefusal } from '../../../composables/use-refusal.ts'

/** Words of entering: a sentence for each refusal, and what a role is called. */
export function useEntryWords() {
  const { t, te } = useI18n()
  const general = useRefusal()
  return {
    refusal: (reason: string): string =>
      te(`entry.refusal.${reason}`) || te(`entry.refusal.${reason}`, 'zh-CN')
        ? t(`entry.refusal.${reason}`)
        : general(reason),
    role: (role: Role): string => t(`entry.role.${role}`),
  }
}
