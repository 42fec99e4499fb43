import type { Body } from '#domain/record/kind.ts'

export const FORMS = ['dispute', 'outreach', 'service', 'screening'] as const
export type FormName = (typeof FORMS)[number]

/** The kind of record that a draft's form writes; other features keep drafts of steps of a dispute. */
export const kindOfForm = (form: string): FormName =>
  FORMS.find((one) => form === one || form === `${one}-step`) ?? 'dispute'

/** Where each form keeps the long text, the names, and the place. */
const TEXT: Readonly<Record<FormName, string>> = {
  dispute: 'facts',
  outreach: 'note',
  service: 'asked',
  screening: 'note',
}
const PLACE: Readonly<Record<FormName, string>> = {
  dispute: 'place',
  outreach: 'place',
  service: 'place',
  screening: 'where',
}

const str = (value: unknown): string => (typeof value === 'string' ? value : '')

function namesIn(form: FormName, values: Body): string[] {
  if (form === 'dispute')
    return (Array.isArray(values['names']) ? values['names'] : []).map(str).filter((name) => name !== '')
  return form === 'service' && str(values['who']) !== '' ? [str(values['who'])] : []
}

/**
 * What was begun as one thing goes on as another without retyping: long text, names, place, day, village and request go along.
 * Text that the new form has no field for is put under the long text, never dropped.
 */
export function carryOver(from: FormName, to: FormName, values: Body): Body {
  const names = namesIn(from, values)
  const extra = [
    from === 'outreach' ? str(values['title']) : '',
    from === 'dispute' ? str(values['topic']) : '',
  ]
  const takesNames = to === 'dispute' || to === 'service'
  if (!takesNames) extra.push(names.join('、'))
  if (to === 'service') extra.push(names.slice(1).join('、'))
  const long = [str(values[TEXT[from]]), ...extra].filter((one) => one.trim() !== '').join('\n')
  const next: Body = {
    [TEXT[to]]: long,
    [PLACE[to]]: str(values[PLACE[from]]),
    region: str(values['region']),
    on: str(values['on']),
  }
  if (to === 'dispute') next['names'] = [names[0] ?? '', names[1] ?? '', ...names.slice(2)]
  if (to === 'service') next['who'] = names[0] ?? ''
  if (takesNames) for (const field of ['lead', 'leadRegion']) next[field] = str(values[field])
  return next
}
