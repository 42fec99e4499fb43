import * as v from 'valibot'
import official from '#seeds/dispute-types.json' with { type: 'json' }
import village from '#seeds/village-words.json' with { type: 'json' }

/** One of the 18 types of the official statistics; the code is never renumbered. */
export const DisputeTypeSchema = v.pipe(v.string(), v.regex(/^D(0[1-9]|1[0-8])$/))
export type DisputeType = string

export interface OfficialType {
  code: DisputeType
  name: string
  english: string
}

/** A village's own word for a kind of trouble, mapped to an official type; `first` puts it on the first chips. */
export interface VillageWord {
  id: string
  word: string
  english: string
  type: DisputeType
  first: boolean
}

export const OFFICIAL_TYPES: readonly OfficialType[] = official.types
export const VILLAGE_WORDS: readonly VillageWord[] = village.words

/** The official type that a village word belongs to; 其他纠纷 (D15) for a word this build does not know. */
export const typeOfWord = (wordId: string): DisputeType =>
  VILLAGE_WORDS.find((one) => one.id === wordId)?.type ?? 'D15'

/** The official name of a type code; the code itself when unknown. */
export const typeName = (code: DisputeType): string =>
  OFFICIAL_TYPES.find((one) => one.code === code)?.name ?? code
