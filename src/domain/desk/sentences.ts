import type { DeskSentences } from './say.ts'
import { english } from './sentences-en.ts'
import { chinese } from './sentences-zh.ts'

/** The sentences of a language; Chinese for any that is not English. */
export const sentencesOf = (locale: string): DeskSentences => (locale.startsWith('en') ? english : chinese)
