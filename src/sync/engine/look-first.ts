import * as v from 'valibot'
import { HeadAnswerSchema } from '../protocol/wire.ts'
import type { EngineEvent } from './machine.ts'
import type { Answer, EngineBytes, EngineClock, Facts, Net } from './ports.ts'
import { answered, flowing } from './silence.ts'
import { classify } from './status.ts'

/** More than this is no answer of the head route. */
const MOST_BYTES = 16_384

async function textOf(answer: Answer, clock: EngineClock, net: Net, bytes: EngineBytes): Promise<string> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of flowing(answer.chunks, clock, () => net.abort())) {
    length += part.length
    if (length > MOST_BYTES) return ''
    parts.push(part)
  }
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return bytes.decode(whole)
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Whether the server stands exactly where this phone does. A server that does not name its history is asked in full. */
function isSame(value: unknown, facts: Facts): boolean | null {
  const parsed = v.safeParse(HeadAnswerSchema, value)
  if (!parsed.success) return null
  const { heads, epoch, scopeRev } = parsed.output
  return (
    epoch === facts.epoch &&
    scopeRev === facts.scopeRev &&
    Object.entries(facts.cursors).every(([county, cursor]) => heads[county] === cursor)
  )
}

/**
 * Asks for the ledger positions only, which costs the server no question to its database and both sides a few hundred bytes.
 * @returns the event that ends the step, or null when an exchange is needed after all
 */
export async function lookFirst(
  facts: Facts,
  ports: { net: Net; clock: EngineClock; bytes: EngineBytes },
): Promise<EngineEvent | null> {
  const { net, clock, bytes } = ports
  const counties = Object.keys(facts.cursors)
  if (!net.head || !facts.agreed || facts.epoch === null || counties.length === 0) return null
  // What the office says of a refused op moves no ledger; whoever keeps one asks in full.
  if (facts.dead > 0) return null
  const answer = await answered(net.head(counties), clock, () => net.abort())
  const meaning = classify(answer.status, answer.contentType)
  if (meaning === 'login' || meaning === 'busy' || meaning === 'slow')
    return { is: 'refused', status: answer.status, retryAfterMs: (answer.retryAfter ?? 0) * 1000 }
  // A server that does not know this door, or a page of somebody else: the exchange will tell.
  if (meaning !== 'answer') return null
  const same = isSame(json(await textOf(answer, clock, net, bytes)), facts)
  return same === true ? { is: 'done', more: false, waitMs: 0 } : null
}
