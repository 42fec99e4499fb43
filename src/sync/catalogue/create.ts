import * as v from 'valibot'
import { NewAttachmentSchema } from '#domain/attachment/attachment.ts'
import { NewDisputeSchema } from '#domain/dispute/dispute.ts'
import { NewLeadSchema } from '#domain/lead/lead.ts'
import { NewMeetingSchema } from '#domain/meeting/meeting.ts'
import { NewOutreachSchema } from '#domain/outreach/outreach.ts'
import { BODY_SCHEMAS, KindSchema, type Body, type Kind } from '#domain/record/kind.ts'
import { OrganisationSchema } from '#domain/register/organisation.ts'
import { RegisterPersonSchema } from '#domain/register/person.ts'
import { accept, refuse } from '#domain/result.ts'
import { NewScreeningSchema } from '#domain/screening/screening.ts'
import { NewServiceSchema } from '#domain/service/service.ts'
import { dayOf } from '#domain/time/day.ts'
import type { OpContext } from '../fold/state.ts'
import { entry, type ApplyResult } from './entry.ts'

const NEW_SCHEMAS: Readonly<Record<Kind, v.GenericSchema>> = {
  dispute: NewDisputeSchema,
  meeting: NewMeetingSchema,
  outreach: NewOutreachSchema,
  lead: NewLeadSchema,
  service: NewServiceSchema,
  screening: NewScreeningSchema,
  'register.person': RegisterPersonSchema,
  'register.organisation': OrganisationSchema,
  attachment: NewAttachmentSchema,
}

/** What a new record starts with besides what was typed. */
function beginning(kind: Kind, args: Body, ctx: OpContext): Body {
  const stamped = { recordedBy: ctx.author, enteredAt: ctx.at, receivedAt: ctx.receivedAt }
  if (kind === 'dispute')
    return {
      ...stamped,
      stage: 'open',
      rightsToldOn: null,
      agreement: null,
      failReason: null,
      settledOn: null,
      performance: null,
      followUpDueOn: null,
      followUps: [],
      confirmation: null,
      review: null,
      closedOn: null,
      events: [
        { what: 'recorded', on: args['happenedOn'] ?? dayOf(ctx.at), at: ctx.at, by: ctx.author, note: '' },
      ],
    }
  if (kind === 'outreach') return { ...stamped, cancelled: false }
  if (kind === 'attachment') return { ...stamped, state: 'awaited', cancelled: false }
  if (kind === 'lead') return { ...stamped, stage: 'open', takenBy: null, outcome: null, dispute: null }
  return kind.startsWith('register.') ? {} : stamped
}

function begin(kind: string, id: string, region: string, args: Body, ctx: OpContext): ApplyResult {
  if (!v.is(KindSchema, kind) || !v.is(NEW_SCHEMAS[kind], args)) return refuse('malformed')
  if (kind === 'dispute' && args['type'] === 'D15' && !args['topic']) return refuse('needs-topic')
  const body = { ...args, ...beginning(kind, args, ctx) }
  if (!v.is(BODY_SCHEMAS[kind] as v.GenericSchema, body)) return refuse('malformed')
  return accept({ state: { kind, id, region, rv: 0, body, fv: {}, deleted: false }, lost: [] })
}

/** Makes a record with the facts as told. The same record cannot be made twice. */
export const create = entry<Body>({
  version: 1,
  schema: v.record(v.string(), v.unknown()),
  apply: (state, args, ctx, target) =>
    state ? refuse('exists') : begin(target.kind, target.id, target.region, args, ctx),
})

/** Logs an outreach session: `create` under its own name, because counts hang on it. */
export const outreachLog = entry<Body>({
  version: 1,
  schema: v.record(v.string(), v.unknown()),
  kinds: ['outreach'],
  apply: (state, args, ctx, target) =>
    state ? refuse('exists') : begin('outreach', target.id, target.region, args, ctx),
})

/** Adds a picture, a sound or a paper to a record; its bytes come later, by a way of their own. */
export const attachmentAdd = entry<Body>({
  version: 1,
  schema: v.record(v.string(), v.unknown()),
  kinds: ['attachment'],
  apply: (state, args, ctx, target) =>
    state ? refuse('exists') : begin('attachment', target.id, target.region, args, ctx),
})
