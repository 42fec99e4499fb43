import { useI18n } from 'vue-i18n'
import type { ListRow } from '#phone/api.ts'
import { useDates } from './use-dates.ts'

/** The two lines of a record in a list. */
export function useRowText() {
  const { t } = useI18n()
  const dates = useDates()
  return {
    title: (row: ListRow): string => {
      // Nothing has to be given a name: then it is called what it is.
      const name = row.title || t(`word.kind.${row.kind}`)
      if (row.count === 0) return name
      const people = row.estimated
        ? t('word.aboutPeople', { n: row.count })
        : t('word.people', { n: row.count })
      return `${name}${t('word.dot')}${people}`
    },
    sub: (row: ListRow): string => {
      const what =
        row.kind === 'dispute'
          ? t(`word.stage.${row.stage}`)
          : row.kind === 'lead'
            ? t(`word.leadStage.${row.stage}`)
            : t(`word.kind.${row.kind}`)
      return dates.moment(row.at) + t('word.dot') + what
    },
  }
}
