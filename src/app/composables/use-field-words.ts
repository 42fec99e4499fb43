import { useI18n } from 'vue-i18n'
import { OFFICIAL_TYPES, VILLAGE_WORDS } from '#domain/dispute/type.ts'
import { maskIdNumber, maskPhone } from '#domain/privacy/mask.ts'
import type { Body, Kind } from '#domain/record/kind.ts'
import type { Day } from '#domain/time/day.ts'
import { opWords, saidIn, standingOf, type FieldWords } from '../field-words.ts'
import { useDates } from './use-dates.ts'

/** One field in words. `long`: it is told in lines of its own. */
export interface SaidLine {
  label: string
  value: string
  long: boolean
}

/** Fields and values in the words of the forms; needs the texts `care`, `dispute`, `record` and `small`. */
export function useFieldWords() {
  const { t, locale } = useI18n()
  const dates = useDates()

  const known = <T extends { english: string }>(one: T | undefined, chinese: (one: T) => string): string =>
    one ? (locale.value === 'zh-CN' ? chinese(one) : one.english) : ''
  const names = (value: unknown): string =>
    (Array.isArray(value) ? value : [value])
      .map((one: unknown) => (typeof one === 'string' ? one : String((one as Body | null)?.['name'] ?? '')))
      .join(t('word.list'))
  const chosen = (words: string, value: unknown): string =>
    (Array.isArray(value) ? value : [value]).map((one) => t(`${words}.${String(one)}`)).join(t('word.list'))

  /** A value in words; what was not said is said to be so. */
  function say({ saying }: FieldWords, value: unknown): string {
    if (value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0))
      return t('care.empty')
    switch (saying.as) {
      case 'day':
        return dates.day(String(value) as Day)
      case 'yuan':
        return t('care.yuan', { n: String(value) })
      case 'yes':
        return t(value === true ? 'care.yes' : 'care.no')
      case 'choice':
      case 'choices':
        return chosen(saying.words, value)
      case 'names':
      case 'parties':
      case 'party':
        return names(value)
      // Of numbers of people every list and page shows only the end (TR-47).
      case 'phone':
        return maskPhone(String(value))
      case 'id-number':
        return maskIdNumber(String((value as Body)['tail'] ?? ''))
      case 'village-word':
        return (
          known(
            VILLAGE_WORDS.find((one) => one.id === value),
            (one) => one.word,
          ) || t('care.empty')
        )
      case 'type':
        return known(
          OFFICIAL_TYPES.find((one) => one.code === value),
          (one) => one.name,
        )
      default:
        return String(value)
    }
  }
  const line = ({ words, value }: { words: FieldWords; value: unknown }): SaidLine => ({
    label: t(`care.field.${words.label}`),
    value: say(words, value),
    long: words.saying.as === 'area',
  })

  return {
    say,
    label: (words: FieldWords): string => t(`care.field.${words.label}`),
    /** What an op is called: 写协议, 记下两家有事. */
    nameOfOp: (kind: Kind, op: string): string => t(opWords(op), { kind: t(`word.kind.${kind}`) }),
    /** What was typed in an op. */
    typed: (kind: Kind, op: string, args: Body): SaidLine[] => saidIn(kind, op, args).map(line),
    /** The same fields as the record has them. */
    standing: (kind: Kind, op: string, args: Body, body: Body): SaidLine[] =>
      standingOf(kind, op, args, body).map(line),
  }
}
