import * as v from 'valibot'
import type { Lane } from '../access/lane.ts'
import { AttachmentSchema } from '../attachment/attachment.ts'
import { DisputeSchema } from '../dispute/dispute.ts'
import { LeadSchema } from '../lead/lead.ts'
import { MeetingSchema } from '../meeting/meeting.ts'
import { OutreachSchema } from '../outreach/outreach.ts'
import { OrganisationSchema } from '../register/organisation.ts'
import { RegisterPersonSchema } from '../register/person.ts'
import { ScreeningSchema } from '../screening/screening.ts'
import { ServiceSchema } from '../service/service.ts'

/** The kinds of record this build can show. Kinds it does not know are carried untouched. */
export const KindSchema = v.picklist([
  'dispute',
  'meeting',
  'outreach',
  'lead',
  'service',
  'screening',
  'register.person',
  'register.organisation',
  'attachment',
])
export type Kind = v.InferOutput<typeof KindSchema>

/** A record's content as it travels: a plain object whose shape is its kind's schema. */
export type Body = Record<string, unknown>

/** The schema of a whole record of each kind. */
export const BODY_SCHEMAS = {
  dispute: DisputeSchema,
  meeting: MeetingSchema,
  outreach: OutreachSchema,
  lead: LeadSchema,
  service: ServiceSchema,
  screening: ScreeningSchema,
  'register.person': RegisterPersonSchema,
  'register.organisation': OrganisationSchema,
  attachment: AttachmentSchema,
} as const satisfies Record<Kind, v.GenericSchema>

const HOME_LANE: Readonly<Record<Exclude<Kind, 'attachment'>, Lane>> = {
  dispute: 'casework',
  meeting: 'casework',
  outreach: 'outreach',
  lead: 'outreach',
  service: 'outreach',
  screening: 'outreach',
  'register.person': 'register',
  'register.organisation': 'register',
}

const CLOSING_FLAGS: readonly unknown[] = ['violence', 'minor', 'private']
/** Kinds whose flags close the door; meetings and attachments carry those of their dispute. */
const FLAGGED: readonly Kind[] = ['dispute', 'meeting', 'attachment']

/** The flags of a body that close the door of what carries them, see `laneOf`. */
export function closingFlagsOf(body: Body): string[] {
  const flags = body['flags']
  return Array.isArray(flags) ? flags.filter((one): one is string => CLOSING_FLAGS.includes(one)) : []
}

/** The lane of what an attachment belongs to; a parent nobody knows is behind the closed door. */
function laneOfParent(body: Body): Lane {
  const of = body['of']
  const parent: unknown = Array.isArray(of) ? of[0] : undefined
  return v.is(KindSchema, parent) && parent !== 'attachment' ? HOME_LANE[parent] : 'closed'
}

/**
 * The lane a record travels in (D-25). A dispute with violence, a minor, or a party's wish for silence is `closed`
 * (反家庭暴力法 art. 5; 未成年人保护法 art. 103; 人民调解法 art. 23); a dispute's meetings and attachments carry its flags, and an
 * attachment goes where its parent goes; unknown kinds are `closed`, because nobody has said who may see them.
 */
export function laneOf(kind: string, body: Body): Lane {
  if (!v.is(KindSchema, kind)) return 'closed'
  if (FLAGGED.includes(kind) && closingFlagsOf(body).length > 0) return 'closed'
  return kind === 'attachment' ? laneOfParent(body) : HOME_LANE[kind]
}

/** Whether the file was handed to the office, so that a coordinator may open it whole (D-23). A body that does not say was not. */
export const isWithOffice = (kind: string, body: Body): boolean =>
  kind === 'dispute' && (body['stage'] === 'escalated' || (body['review'] ?? null) !== null)
