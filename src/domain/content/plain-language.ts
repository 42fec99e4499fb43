import { blockOf, type ContentItem } from './content-item.ts'
import { DONT_OPENERS, LEGAL_TERMS, OFFICIALESE, STEP_OPENERS, STEP_VERBS } from './plain-words.ts'

/** The gates of plain language, in characters (punctuation counted as people see it). */
export const LIMITS = {
  title: 22,
  answer: 60,
  step: 30,
  dont: 30,
  plain: 45,
  evidence: 10,
  sentence: 40,
  averageSentence: 25,
  steps: [3, 5],
  donts: [1, 2],
  story: [100, 300],
} as const

export type PlainReason =
  | 'title-not-question'
  | 'title-too-long'
  | 'answer-too-long'
  | 'step-too-long'
  | 'step-without-verb'
  | 'dont-not-a-dont'
  | 'steps-wrong-number'
  | 'sentence-too-long'
  | 'sentences-too-long-on-average'
  | 'officialese'
  | 'too-many-legal-terms'
  | 'exclamation-mark'
  | 'evidence-label-too-long'
  | 'basis-too-long'
  | 'story-wrong-length'
export type PlainFault = { reason: PlainReason; text: string }

/** Characters as a reader counts them: every Han sign one, a run of digits or latin letters one. */
export const lengthOf = (text: string): number => text.replace(/[A-Za-z0-9.]+/g, '0').length

/** Sentences end at 。？！； or a line end. */
export const sentencesOf = (text: string): string[] =>
  text
    .split(/[。？！；\n]/)
    .map((one) => one.trim())
    .filter((one) => one !== '')

const isQuestion = (title: string): boolean => /[？?]$/.test(title)

/** Whether a step begins with a doing-word, after at most two small words such as 先 or 马上. */
export function beginsWithVerb(step: string): boolean {
  let rest = step
  for (let count = 0; count < 2; count++) {
    const opener = STEP_OPENERS.find((one) => rest.startsWith(one))
    if (opener) rest = rest.slice(opener.length)
  }
  return STEP_VERBS.some((verb) => rest.startsWith(verb))
}

/** The words of the counter found in a text. */
export const officialeseIn = (text: string): string[] => OFFICIALESE.filter((word) => text.includes(word))

/** Legal terms without a meaning in brackets right behind them. */
export const bareTermsIn = (text: string): string[] =>
  LEGAL_TERMS.filter((term) => text.includes(term) && !text.includes(`${term}（`))

function paragraphsOf(item: ContentItem): string[] {
  const steps = blockOf(item, 'steps')
  const story = blockOf(item, 'story')
  return [
    blockOf(item, 'answer')?.text ?? '',
    blockOf(item, 'danger')?.text ?? '',
    ...(steps?.donts ?? []),
    ...(steps?.steps ?? []),
    ...(blockOf(item, 'basis')?.citations.map((one) => one.plain) ?? []),
    ...(story?.paragraphs ?? []),
  ].filter((text) => text !== '')
}

const over = (reason: PlainReason, limit: number, texts: readonly string[]): PlainFault[] =>
  texts.filter((text) => lengthOf(text) > limit).map((text) => ({ reason, text }))

const outside = (count: number, [least, most]: readonly [number, number]): boolean =>
  count < least || count > most

function stepFaults(item: ContentItem): PlainFault[] {
  const { donts, steps } = blockOf(item, 'steps') ?? { donts: [], steps: [] }
  return [
    ...over('step-too-long', LIMITS.step, steps),
    ...over('step-too-long', LIMITS.dont, donts),
    ...steps
      .filter((one) => !beginsWithVerb(one))
      .map((text) => ({ reason: 'step-without-verb' as const, text })),
    ...donts
      .filter((one) => !DONT_OPENERS.some((opener) => one.startsWith(opener)))
      .map((text) => ({ reason: 'dont-not-a-dont' as const, text })),
    ...(outside(steps.length, LIMITS.steps) || outside(donts.length, LIMITS.donts)
      ? [{ reason: 'steps-wrong-number' as const, text: `${steps.length} / ${donts.length}` }]
      : []),
  ]
}

function wordFaults(paragraphs: readonly string[]): PlainFault[] {
  const sentences = paragraphs.flatMap(sentencesOf)
  const average = sentences.reduce((sum, one) => sum + lengthOf(one), 0) / Math.max(1, sentences.length)
  return [
    ...over('sentence-too-long', LIMITS.sentence, sentences),
    ...(average > LIMITS.averageSentence
      ? [{ reason: 'sentences-too-long-on-average' as const, text: average.toFixed(1) }]
      : []),
    ...paragraphs.flatMap((text) =>
      officialeseIn(text).map((word) => ({ reason: 'officialese' as const, text: word })),
    ),
    ...paragraphs
      .filter((text) => bareTermsIn(text).length > 1)
      .map((text) => ({ reason: 'too-many-legal-terms' as const, text })),
    ...paragraphs
      .filter((text) => /[!！]/.test(text))
      .map((text) => ({ reason: 'exclamation-mark' as const, text })),
  ]
}

/** Everything in an item that a 60-year-old villager would stumble over; an empty list means it may be published. */
export function plainFaults(item: ContentItem): PlainFault[] {
  const answer = blockOf(item, 'answer')?.text ?? ''
  const story = blockOf(item, 'story')?.paragraphs.join('') ?? ''
  const evidence = blockOf(item, 'evidence')?.items.map((one) => one.label) ?? []
  const basis = blockOf(item, 'basis')?.citations.map((one) => one.plain) ?? []
  return [
    ...(isQuestion(item.title) ? [] : [{ reason: 'title-not-question' as const, text: item.title }]),
    ...over('title-too-long', LIMITS.title, [item.title]),
    ...over('answer-too-long', LIMITS.answer, [answer]),
    ...over('evidence-label-too-long', LIMITS.evidence, evidence),
    ...over('basis-too-long', LIMITS.plain, basis),
    ...stepFaults(item),
    ...wordFaults([item.title, ...paragraphsOf(item)]),
    ...(story !== '' && outside(lengthOf(story), LIMITS.story)
      ? [{ reason: 'story-wrong-length' as const, text: String(lengthOf(story)) }]
      : []),
  ]
}
