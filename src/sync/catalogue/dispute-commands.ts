import * as v from 'valibot'
import { FIRST_FOLLOW_UP_DAYS } from '#domain/dispute/dates.ts'
import { DisputeSchema, type Dispute, type DisputeEvent } from '#domain/dispute/dispute.ts'
import { canMove, type DisputeStage } from '#domain/dispute/stage.ts'
import { IdSchema } from '#domain/id.ts'
import { ConsentSchema } from '#domain/privacy/consent.ts'
import { accept, refuse, type Result } from '#domain/result.ts'
import { addDays, DaySchema } from '#domain/time/day.ts'
import type { OpContext, RefusalCode } from '../fold/state.ts'
import { entry, type Entry } from './entry.ts'

type Change = Result<Partial<Dispute>, RefusalCode>
type What = DisputeEvent['what']

const Text = v.pipe(v.string(), v.maxLength(20_000))
const Amount = v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(1e10)))

/**
 * A stage command: decides on the record as it is (its precondition), changes what it says, and leaves a line in the
 * timeline. A cancelled record takes no command.
 */
function command<A extends { on: string }>(
  what: What,
  schema: v.GenericSchema<unknown, A>,
  decide: (dispute: Dispute, args: A, ctx: OpContext) => Change,
  note: (args: A) => string = () => '',
): Entry {
  return entry<A>({
    version: 1,
    schema,
    kinds: ['dispute'],
    apply(state, args, ctx) {
      if (!state) return refuse('no-record')
      const dispute = state.body as unknown as Dispute
      if (dispute.stage === 'cancelled') return refuse('closed')
      const change = decide(dispute, args, ctx)
      if (!change.ok) return change
      const event: DisputeEvent = { what, on: args.on, at: ctx.at, by: ctx.author, note: note(args) }
      // Terms that a step replaces or takes back were somebody's words: the timeline keeps them (I-24).
      const was = dispute.agreement
      if (was && 'agreement' in change.value && change.value.agreement?.terms !== was.terms)
        event['was'] = was
      const body = { ...dispute, ...change.value, events: [...dispute.events, event] }
      if (!v.is(DisputeSchema, body)) return refuse('malformed')
      return accept({ state: { ...state, body }, lost: [] })
    },
  })
}

const move = (dispute: Dispute, to: DisputeStage, change: Partial<Dispute>): Change =>
  canMove(dispute.stage, to) ? accept({ ...change, stage: to }) : refuse('not-reachable')

const noteOf = (args: { note: string }): string => args.note

export const DISPUTE_COMMANDS: Readonly<Record<string, Entry>> = {
  /**
   * The rights and duties, and what is written down of people, were read to both sides (人民调解法 arts. 23, 24; 个人信息保护法 art. 17), with
   * what they agreed to; null: read before anybody asked that.
   */
  'dispute.tell': {
    ...command(
      'told',
      v.object({ on: DaySchema, consent: v.optional(v.nullable(ConsentSchema), null) }),
      (_dispute, args) =>
        accept({ rightsToldOn: args.on, ...(args.consent ? { consent: args.consent } : {}) }),
    ),
    version: 2,
    upcast: { 1: (args) => ({ ...args, consent: null }) },
  },

  /** Both sides agreed; oral agreements take effect now, written ones when signed and sealed. */
  'dispute.agree': command(
    'agreed',
    v.object({
      on: DaySchema,
      form: v.picklist(['oral', 'written']),
      terms: Text,
      performBy: v.nullable(DaySchema),
      amountYuan: Amount,
    }),
    (dispute, args) =>
      move(dispute, 'agreed', {
        settledOn: args.on,
        failReason: null,
        agreement: {
          form: args.form,
          agreedOn: args.on,
          terms: args.terms,
          performBy: args.performBy,
          amountYuan: args.amountYuan,
          signedOn: null,
        },
        followUpDueOn: addDays(args.performBy ?? args.on, args.performBy ? 0 : FIRST_FOLLOW_UP_DAYS),
      }),
  ),

  /** No agreement; the other routes were told (人民调解法 art. 26). */
  'dispute.fail': command(
    'failed',
    v.object({ on: DaySchema, reason: Text }),
    (dispute, args) =>
      move(dispute, 'failed', { settledOn: args.on, failReason: args.reason, agreement: null }),
    (args) => args.reason,
  ),

  /** Handed up to the township (上交; 请镇上帮忙): the office may open the file from now on. */
  'dispute.escalate': command(
    'escalated',
    v.object({ on: DaySchema, note: Text }),
    (dispute) => move(dispute, 'escalated', {}),
    noteOf,
  ),

  /** Talks go on after a failure, a broken agreement or an escalation. */
  'dispute.resume': command(
    'resumed',
    v.object({ on: DaySchema, note: Text }),
    (dispute) => move(dispute, 'open', { settledOn: null, agreement: null, followUpDueOn: null }),
    noteOf,
  ),

  /** What was agreed, in words, with the amount and the day. What all have signed is written no more; it can be taken back whole. */
  'dispute.write': command(
    'written',
    v.object({ on: DaySchema, terms: Text, performBy: v.nullable(DaySchema), amountYuan: Amount }),
    (dispute, args) => {
      if (!dispute.agreement) return refuse('not-agreed')
      if (dispute.agreement.signedOn !== null) return refuse('sealed')
      return accept({
        agreement: {
          ...dispute.agreement,
          terms: args.terms,
          performBy: args.performBy,
          amountYuan: args.amountYuan,
        },
        followUpDueOn:
          dispute.followUps.length === 0 && args.performBy ? args.performBy : dispute.followUpDueOn,
      })
    },
  ),

  /** All parties and the mediator signed and the committee sealed the paper (人民调解法 art. 29). */
  'dispute.sign': command('signed', v.object({ on: DaySchema }), (dispute, args) =>
    dispute.agreement?.form === 'written'
      ? accept({ agreement: { ...dispute.agreement, signedOn: args.on } })
      : refuse('not-agreed'),
  ),

  /** Whether what was promised was done (履行). */
  'dispute.perform': command(
    'performed',
    v.object({ on: DaySchema, state: v.picklist(['whole', 'part', 'none']), note: Text }),
    (dispute, args) =>
      dispute.agreement ? accept({ performance: { state: args.state, on: args.on } }) : refuse('not-agreed'),
    noteOf,
  ),

  /** Somebody went back to see whether it holds (回访). `nextOn` null: no further visit planned. */
  'dispute.follow-up': command(
    'followed-up',
    v.object({ on: DaySchema, id: IdSchema, holds: v.boolean(), note: Text, nextOn: v.nullable(DaySchema) }),
    (dispute, args) =>
      accept({
        followUps: [...dispute.followUps, { id: args.id, on: args.on, holds: args.holds, note: args.note }],
        followUpDueOn: args.nextOn,
      }),
    noteOf,
  ),

  /** The court's step on a joint request to confirm (民事诉讼法(2023) arts. 205, 206). */
  'dispute.confirm': command(
    'confirmation',
    v.object({
      on: DaySchema,
      status: v.picklist(['applied', 'valid', 'not-accepted', 'dismissed', 'withdrawn']),
    }),
    (dispute, args) =>
      dispute.agreement
        ? accept({ confirmation: { status: args.status, on: args.on } })
        : refuse('not-agreed'),
    (args) => args.status,
  ),

  /** The file is handed to the office to be looked at; sending it again after it came back is the same step. */
  'dispute.submit': command('submitted', v.object({ on: DaySchema }), (_dispute, args) =>
    accept({ review: { state: 'submitted', reason: '', on: args.on } }),
  ),

  /** The office hands it back and says what is missing. */
  'dispute.return': command(
    'returned',
    v.object({ on: DaySchema, reason: v.pipe(Text, v.trim(), v.minLength(1)) }),
    (dispute, args) =>
      dispute.review || dispute.stage === 'escalated'
        ? accept({ review: { state: 'returned', reason: args.reason, on: args.on } })
        : refuse('nothing-to-return'),
    (args) => args.reason,
  ),

  /** Another mediator takes it over. */
  'dispute.assign': command(
    'assigned',
    v.object({ on: DaySchema, mediator: IdSchema, name: v.pipe(v.string(), v.maxLength(50)) }),
    (_dispute, args) => accept({ mediator: args.mediator, mediatorName: args.name }),
    (args) => args.name,
  ),

  'dispute.close': command(
    'closed',
    v.object({ on: DaySchema, note: Text }),
    (dispute, args) => move(dispute, 'closed', { closedOn: args.on }),
    noteOf,
  ),

  /** Entered by mistake: stays readable, counts nowhere. */
  'dispute.cancel': command(
    'cancelled',
    v.object({ on: DaySchema, note: Text }),
    (dispute) => move(dispute, 'cancelled', {}),
    noteOf,
  ),
}
