import * as v from 'valibot'
import { crc32, crcText } from '../protocol/crc.ts'
import {
  AcksLineSchema,
  DigestLineSchema,
  EndLineSchema,
  HelloLineSchema,
  ListLineSchema,
  PageLineSchema,
  RowsLineSchema,
  type HelloLine,
  type ListLine,
  type PageLine,
  type RowsLine,
} from '../protocol/wire.ts'

export type AnswerLine =
  | { is: 'hello'; line: HelloLine }
  | { is: 'acks'; line: v.InferOutput<typeof AcksLineSchema> }
  | { is: 'page'; line: PageLine }
  | { is: 'digest'; line: v.InferOutput<typeof DigestLineSchema> }
  | { is: 'list'; line: ListLine }
  | { is: 'rows'; line: RowsLine }
  /** `whole`: nothing before it is missing or changed. */
  | { is: 'end'; whole: boolean; batch: string }
  /** A line of a newer server, which this build does not know. */
  | { is: 'other' }

/** Thrown when the bytes are no answer of our server: a captive portal, a proxy's page, a broken line. */
export class NotOurs extends Error {
  override name = 'NotOurs'
}

const KNOWN = {
  hello: HelloLineSchema,
  acks: AcksLineSchema,
  page: PageLineSchema,
  digest: DigestLineSchema,
  list: ListLineSchema,
  rows: RowsLineSchema,
} as const

/** A page has rows too, so lines are told apart by the first of these names that they have. */
const NAMES = ['hello', 'acks', 'page', 'digest', 'list', 'rows'] as const

function lineOf(text: string, count: number, crc: number): AnswerLine {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new NotOurs()
  }
  if (typeof value !== 'object' || value === null) throw new NotOurs()
  for (const is of NAMES) {
    if (!(is in value)) continue
    // The value itself, not the copy a parse makes: nothing in these lines is changed by being read, and a page of rows is large.
    if (!v.is(KNOWN[is], value)) throw new NotOurs()
    return { is, line: value } as AnswerLine
  }
  const end = v.safeParse(EndLineSchema, value)
  if (!end.success) return { is: 'other' }
  return {
    is: 'end',
    whole: end.output.lines === count && end.output.crc === crcText(crc),
    batch: end.output.batch,
  }
}

/** Each of our lines begins with it. */
const BRACE = '{'.charCodeAt(0)

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, one) => sum + one.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/**
 * Reads an NDJSON answer as it arrives, one whole line at a time; what comes after the last line feed is not a line. The end
 * line's count and CRC-32 speak of all lines before it, each with its line feed.
 * @param decode UTF-8 bytes to text
 */
export async function* answerLines(
  chunks: AsyncIterable<Uint8Array>,
  decode: (bytes: Uint8Array) => string,
): AsyncGenerator<AnswerLine> {
  let rest: Uint8Array[] = []
  let count = 0
  let crc = 0
  for await (const chunk of chunks) {
    let from = 0
    for (let feed = chunk.indexOf(10); feed >= 0; feed = chunk.indexOf(10, from)) {
      const bytes = joined([...rest, chunk.subarray(from, feed + 1)])
      rest = []
      from = feed + 1
      if (bytes.length > 1) yield lineOf(decode(bytes.subarray(0, -1)), count, crc)
      count++
      crc = crc32(bytes, crc)
    }
    if (from < chunk.length) rest.push(chunk.subarray(from))
  }
  // A page of somebody else may be one line without an end; what begins like a line of ours was cut off.
  const [first] = rest
  if (count === 0 && first && first[0] !== BRACE) throw new NotOurs()
}
