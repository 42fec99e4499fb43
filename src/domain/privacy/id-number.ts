import * as v from 'valibot'
import { IdSchema } from '../id.ts'
import { accept, refuse, type Result } from '../result.ts'
import { DaySchema } from '../time/day.ts'

/** Why a text is no identity number. */
export type NotAnIdNumber = 'length' | 'signs' | 'date' | 'check'

const LENGTH = 18
/** Weight of each of the first seventeen digits, and the sign for each remainder (GB 11643-1999, 公民身份号码). */
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2] as const
const SIGNS = '10X98765432'
const FULL_WIDTH = /[０-９Ｘｘ]/g

/** As it is typed or copied: spaces, hyphens, wide signs and a small x mean nothing. */
const plain = (text: string): string =>
  text
    .replace(FULL_WIDTH, (one) => String.fromCharCode(one.charCodeAt(0) - 0xfee0))
    .replace(/[\s-]/g, '')
    .toUpperCase()

const checkSign = (digits: string): string =>
  SIGNS.charAt(WEIGHTS.reduce((sum, weight, at) => sum + weight * Number(digits.charAt(at)), 0) % 11)

/**
 * An identity number as typed, checked by its own check digit and the date of birth in it.
 * @returns its eighteen signs; or why it is none
 */
export function idNumberIn(text: string): Result<string, NotAnIdNumber> {
  const number = plain(text)
  if (number.length !== LENGTH) return refuse('length')
  if (!/^\d{17}[\dX]$/.test(number)) return refuse('signs')
  const [year, month, day] = [number.slice(6, 10), number.slice(10, 12), number.slice(12, 14)]
  if (year < '1850' || !v.is(DaySchema, `${year}-${month}-${day}`)) return refuse('date')
  return checkSign(number) === number.charAt(LENGTH - 1) ? accept(number) : refuse('check')
}

/** What stays readable of an identity number: its last four signs. */
export const tailOf = (number: string): string => number.slice(-4)

/** A text that only the server can read: sealed where it was typed, to the public key of the installation with this name. */
export const ServerBoxSchema = v.object({
  /** Name of the key. */
  key: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
  /** Encapsulated key and cipher text, base64url. */
  box: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{100,400}$/)),
})
export type ServerBox = v.InferOutput<typeof ServerBoxSchema>

/** The identity number of one side, as every copy of the record holds it: the last four, and a box for the server alone. */
export const IdNumberSchema = v.looseObject({
  /** The side's. */
  id: IdSchema,
  tail: v.pipe(v.string(), v.regex(/^\d{3}[\dX]$/)),
  ...ServerBoxSchema.entries,
  /** The day on which its owner agreed to its being written down (个人信息保护法 art. 29). */
  agreedOn: DaySchema,
})
export type IdNumber = v.InferOutput<typeof IdNumberSchema>

/** What a box is bound to: the same bytes beside another record or another person do not open. */
export const boundToParty = (dispute: string, party: string): string => `dispute/${dispute}/${party}`
/** What such boxes are for; no box made for anything else opens as one. */
export const ID_NUMBER_INFO = 'mingbai id number'

/** The server's public key that such boxes are sealed to, as every answer names it among `keys`. */
export const FieldKeySchema = v.looseObject({
  is: v.literal('field'),
  key: ServerBoxSchema.entries.key,
  /** An uncompressed point of P-256, 65 bytes, base64url. */
  point: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{87}$/)),
})
export type FieldKey = v.InferOutput<typeof FieldKeySchema>
