import type * as v from 'valibot'
import { LostListSchema } from '#domain/desk/lost.ts'
import { DeskListSchema, DeskRecordSchema, LatestSchema, OverviewSchema } from '#domain/desk/overview.ts'
import { RefusedListSchema } from '#domain/desk/refused.ts'
import {
  CardsMadeSchema,
  CardSeenSchema,
  DemoSchema,
  EnteredSchema,
  FeedbackListSchema,
  InvitationClaimedSchema,
  InvitationListSchema,
  InvitationStandsSchema,
  InvitedSchema,
  PeopleSchema,
  SetupMadeSchema,
  SetupSeenSchema,
} from '#sync/protocol/accounts.ts'
import { HeadAnswerSchema } from '#sync/protocol/wire.ts'

/** What operations answer, as far as a schema is written down for it. */
export const ANSWERS: Readonly<Record<string, v.GenericSchema>> = {
  'GET /api/me': EnteredSchema,
  'GET /api/people': PeopleSchema,
  'GET /api/invitations': InvitationListSchema,
  'POST /api/invitations': InvitedSchema,
  'POST /api/cards': CardsMadeSchema,
  'GET /api/feedback': FeedbackListSchema,
  'POST /api/setups': SetupMadeSchema,
  'POST /api/setup': SetupSeenSchema,
  'POST /api/entry/invitation': InvitationClaimedSchema,
  'POST /api/entry/invitation/state': InvitationStandsSchema,
  'POST /api/entry/card': CardSeenSchema,
  'POST /api/entry/card/confirm': EnteredSchema,
  'GET /api/demo': DemoSchema,
  'GET /api/sync/v1/head': HeadAnswerSchema,
  'GET /api/desk/overview': OverviewSchema,
  'GET /api/desk/list': DeskListSchema,
  'GET /api/desk/record': DeskRecordSchema,
  'GET /api/desk/latest': LatestSchema,
  'GET /api/desk/refused': RefusedListSchema,
  'GET /api/desk/lost': LostListSchema,
}
