import * as v from 'valibot'
import { DaySchema } from '../time/day.ts'

/**
 * Which words are read out to people about what is written down of them (app/text, `dispute.notice`). Changing what they say makes a
 * new version; records keep the one that was read, and `notices.md` what each said.
 */
export const NOTICE_VERSION = '2026-11-22'

/** Who may hear what is talked about: the parties choose between open and closed talks (人民调解法 art. 23). */
export const HearersSchema = v.picklist(['parties', 'committee', 'open'])
export type Hearers = v.InferOutput<typeof HearersSchema>

/** '' while nobody said. */
const SaidSchema = v.picklist(['', 'yes', 'no'])

/**
 * What the parties were told and agreed to when it was written down (个人信息保护法 arts. 14, 17, 29–31). Nothing of it is a condition for
 * being helped (art. 16), and all of it may be said differently later (art. 15): the newest answer stands.
 */
export const ConsentSchema = v.looseObject({
  /** Version of the words that were read out. */
  notice: v.pipe(v.string(), v.maxLength(20)),
  /** The day on which they were. */
  on: DaySchema,
  /** Separate consent to write down what is sensitive: health, money, whatever hurts when others know it (arts. 28, 29). */
  sensitive: SaidSchema,
  /** Of a parent or guardian, for anybody under fourteen (art. 31). */
  guardian: SaidSchema,
  /** To be photographed or recorded. */
  photos: SaidSchema,
  /** null: nobody said. */
  hearers: v.nullable(HearersSchema),
})
export type Consent = v.InferOutput<typeof ConsentSchema>

/** What still has to be asked for, given who is in the case. @param minor whether somebody under fourteen is part of it */
export const consentMissing = (
  consent: Consent | null | undefined,
  minor: boolean,
): ('notice' | 'guardian')[] => [
  ...(consent ? [] : (['notice'] as const)),
  ...(minor && consent?.guardian !== 'yes' ? (['guardian'] as const) : []),
]
