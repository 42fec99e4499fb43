import * as v from 'valibot'
import type { DisputeEvent } from '#domain/dispute/dispute.ts'
import { RegionCodeSchema, type RegionCode } from '#domain/region/code.ts'
import { DaySchema } from '#domain/time/day.ts'
import { accept, refuse } from '#domain/result.ts'
import type { Op } from '../protocol/op.ts'
import { entry } from './entry.ts'

const KIND = 'dispute.transfer'

const TransferSchema = v.object({
  on: DaySchema,
  /** Where it goes: twelve digits. */
  region: RegionCodeSchema,
  note: v.pipe(v.string(), v.maxLength(2000)),
})

/**
 * A dispute goes to another village: its people see it from then on, and those of the old one no longer do. Its meetings and
 * attachments are sent in the same save, because each record travels by itself.
 */
export const transfer = entry<v.InferOutput<typeof TransferSchema>>({
  version: 1,
  schema: TransferSchema,
  kinds: ['dispute', 'meeting', 'attachment'],
  apply(state, args, ctx) {
    if (!state) return refuse('no-record')
    if (state.body['stage'] === 'cancelled') return refuse('closed')
    const events = state.body['events']
    const event: DisputeEvent = {
      what: 'transferred',
      on: args.on,
      at: ctx.at,
      by: ctx.author,
      note: args.note,
    }
    const body = Array.isArray(events)
      ? { ...state.body, events: [...(events as unknown[]), event] }
      : state.body
    return accept({ state: { ...state, region: args.region, body }, lost: [] })
  },
})

/** Where an op sends its record; null when it sends it nowhere, or names no place. */
export function destinationOf(op: Op): RegionCode | null {
  const region = op.k === KIND ? op.a['region'] : null
  return v.is(RegionCodeSchema, region) ? region : null
}

/** The same op to another place. */
export const redirected = (op: Op, region: RegionCode): Op => ({ ...op, a: { ...op.a, region } })
