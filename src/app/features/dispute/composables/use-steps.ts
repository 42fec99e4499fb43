import { useI18n } from 'vue-i18n'
import type { Dispute } from '#domain/dispute/dispute.ts'
import type { IconName } from '../../../ui/icons.ts'
import type { Step } from '../steps.ts'

const SIGNS: Partial<Record<Step, IconName>> = {
  tell: 'speaker',
  outcome: 'chat',
  meet: 'people',
  write: 'pen',
  sign: 'pen',
  perform: 'check',
  visit: 'eye',
  submit: 'up',
  facts: 'pen',
  parties: 'people',
  close: 'check',
}

/** What a step is called on buttons, and its sign. */
export function useSteps() {
  const { t } = useI18n()
  return {
    word: (step: Step, dispute: Dispute): string => {
      if (step === 'write' && dispute.agreement?.form === 'oral') return t('dispute.do.writeOral')
      if (step === 'parties' && dispute.parties.length < 2) return t('dispute.do.partiesMissing')
      if (step === 'facts' && dispute.facts.trim() === '') return t('dispute.do.factsMissing')
      if (step === 'submit' && dispute.review?.state === 'returned') return t('dispute.do.submitAgain')
      return t(`dispute.do.${step}`)
    },
    sign: (step: Step): { icon?: IconName } => {
      const icon = SIGNS[step]
      return icon ? { icon } : {}
    },
  }
}
