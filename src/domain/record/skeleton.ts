import { isPaperNumber } from '../dispute/paper-number.ts'
import { VILLAGE_WORDS } from '../dispute/type.ts'
import type { Body } from './kind.ts'

const DISPUTE_BONES = [
  'type',
  'source',
  'happenedOn',
  'acceptedOn',
  'enteredAt',
  'receivedAt',
  'mediator',
  'stage',
  'flags',
  'settledOn',
  'rightsToldOn',
  'followUpDueOn',
  'closedOn',
] as const

/** Of an attachment only its dates: what it shows, what it is called and where it belongs are the file's own matter. */
const ATTACHMENT_BONES = ['takenOn', 'enteredAt', 'receivedAt'] as const

const only = (body: Body, keys: readonly string[]): Body =>
  Object.fromEntries(keys.flatMap((key) => (key in body ? [[key, body[key]]] : [])))

/**
 * What a skeleton view shows of a record: type, source, dates, stage, outcome, amount, flags; no name, no fact, no free text
 * (D-22). The village's word and the paper number are shown only where they are one of ours, since a field that holds any text
 * can hold a name; who mediates is an id, whose name stands in the register.
 */
export function skeletonOf(kind: string, body: Body): Body {
  if (kind === 'attachment') return only(body, ATTACHMENT_BONES)
  if (kind !== 'dispute') return {}
  const bones = only(body, DISPUTE_BONES)
  bones['word'] = VILLAGE_WORDS.some((one) => one.id === body['word']) ? body['word'] : ''
  bones['paperNo'] = isPaperNumber(body['paperNo']) ? body['paperNo'] : ''
  const agreement = body['agreement'] as Body | null | undefined
  if (agreement)
    bones['agreement'] = {
      form: agreement['form'],
      agreedOn: agreement['agreedOn'],
      signedOn: agreement['signedOn'],
      amountYuan: agreement['amountYuan'],
    }
  for (const key of ['performance', 'confirmation'] as const) {
    const part = body[key] as Body | null | undefined
    if (part) bones[key] = { state: part['state'], status: part['status'], on: part['on'] }
  }
  return bones
}
