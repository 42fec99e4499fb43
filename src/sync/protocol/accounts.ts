import * as v from 'valibot'
import { SESSION_SORTS } from '#domain/account/session.ts'
import { RoleSchema } from '#domain/access/role.ts'
import { IdSchema } from '#domain/id.ts'
import { CountySchema, RegionCodeSchema, RegionPrefixSchema } from '#domain/region/code.ts'
import { DoorSchema } from './dropbox.ts'
import { ORDERS } from './directive.ts'
import { MeSchema } from './wire.ts'

/** What a phone or desk is told once it has entered: who it is, its device number, and the server's history. */
export const EnteredSchema = v.looseObject({
  me: MeSchema,
  /** Number of this installation, for the dense op counter. */
  device: v.pipe(v.number(), v.integer(), v.minValue(1)),
  epoch: v.string(),
  scopeRev: v.number(),
  /** What the phone hands in with while it is locked; absent from older servers. */
  door: v.optional(DoorSchema),
})
export type Entered = v.InferOutput<typeof EnteredSchema>

const Code = v.pipe(v.string(), v.minLength(1), v.maxLength(80))
const Opaque = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_.-]{16,200}$/))
/** Sixteen random bytes, base64url. */
const Random = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{22}$/))
const Name = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(50))
/** The device number this browser already had for this person, so that its waiting work keeps its numbers; null: none. */
const KnownDevice = v.optional(
  v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(Number.MAX_SAFE_INTEGER))),
  null,
)
/** The phone's public signing key (SPKI, base64url), kept with the device. */
const DeviceKey = v.optional(v.nullable(v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{60,400}$/))), null)

export const InvitationClaimSchema = v.object({
  code: Code,
  random: Random,
  deviceKey: DeviceKey,
  device: KnownDevice,
})
export const InvitationClaimedSchema = v.looseObject({
  /** Shown again when asking how it stands; known to this phone only. */
  poll: Opaque,
  random: Random,
  name: v.string(),
  expiresAt: v.number(),
})
export const InvitationPollSchema = v.object({ poll: Opaque })
export const InvitationStandsSchema = v.variant('state', [
  v.looseObject({ state: v.literal('pending') }),
  v.looseObject({ state: v.literal('confirmed'), entered: EnteredSchema }),
  v.looseObject({ state: v.literal('gone') }),
])
export type InvitationStands = v.InferOutput<typeof InvitationStandsSchema>

export const CardLookSchema = v.object({ code: Code })
export const CardSeenSchema = v.looseObject({
  name: v.string(),
  role: RoleSchema,
  regionName: v.string(),
  /** To be written to the phone's own database, read back, and shown when confirming. */
  keep: Opaque,
})
export const CardConfirmSchema = v.object({
  code: Code,
  kept: Opaque,
  deviceKey: DeviceKey,
  device: KnownDevice,
})

export const LoginSchema = v.object({
  username: v.pipe(v.string(), v.maxLength(60)),
  password: v.pipe(v.string(), v.maxLength(600)),
  /** Six digits of the authenticator, or a recovery code. */
  code: v.pipe(v.string(), v.maxLength(40)),
  device: KnownDevice,
})

export const SetupLookSchema = v.object({ code: Code })
export const SetupSeenSchema = v.looseObject({
  name: v.string(),
  username: v.string(),
  /** otpauth address for the authenticator, and its secret for typing. */
  address: v.string(),
  secret: v.string(),
})
export const SetupFinishSchema = v.object({
  code: Code,
  username: v.pipe(v.string(), v.maxLength(60)),
  password: v.pipe(v.string(), v.maxLength(600)),
  totp: v.pipe(v.string(), v.maxLength(20)),
})
export const SetupDoneSchema = v.looseObject({ recovery: v.array(v.string()) })
/** A one-time code for setting up a desk login, made by the signed-in person for themself. */
export const SetupMadeSchema = v.looseObject({ code: v.string(), link: v.string(), expiresAt: v.number() })

export const InviteSchema = v.object({
  name: Name,
  role: RoleSchema,
  region: RegionPrefixSchema,
  /** Somebody already known, on a new phone; null: a new person. */
  person: v.optional(v.nullable(IdSchema), null),
})
export const InvitedSchema = v.looseObject({
  id: IdSchema,
  name: v.string(),
  /** Grouped for reading aloud. */
  typed: v.string(),
  link: v.string(),
  expiresAt: v.number(),
})
export type Invited = v.InferOutput<typeof InvitedSchema>
export const InvitationListSchema = v.looseObject({
  invitations: v.array(
    v.looseObject({
      id: IdSchema,
      name: v.string(),
      role: RoleSchema,
      regionName: v.string(),
      state: v.picklist(['open', 'pending']),
      /** Empty until a phone has come. */
      words: v.array(v.string()),
      expiresAt: v.number(),
    }),
  ),
})
export const InvitationConfirmSchema = v.object({
  id: IdSchema,
  words: v.pipe(v.array(v.string()), v.length(3)),
})
export const OneIdSchema = v.object({ id: IdSchema })
/** Somebody leaves office. */
export const OnePersonSchema = v.object({ person: IdSchema })

export const CardsSchema = v.object({
  people: v.pipe(
    v.array(v.object({ name: Name, role: RoleSchema, region: RegionPrefixSchema })),
    v.minLength(1),
    v.maxLength(100),
  ),
})
export const CardsMadeSchema = v.looseObject({
  cards: v.array(
    v.looseObject({
      id: IdSchema,
      name: v.string(),
      role: RoleSchema,
      regionName: v.string(),
      typed: v.string(),
      link: v.string(),
      expiresAt: v.number(),
    }),
  ),
})
export type CardMade = v.InferOutput<typeof CardsMadeSchema>['cards'][number]

const Post = v.looseObject({ role: RoleSchema, region: RegionPrefixSchema, regionName: v.string() })
export const PeopleSchema = v.looseObject({
  people: v.array(
    v.looseObject({
      id: IdSchema,
      name: v.string(),
      posts: v.array(Post),
      /** Whether they have left office: they are listed while a phone of theirs is neither shut out nor emptied. */
      closed: v.optional(v.boolean(), false),
      /** Number and letter of each phone and how it stands; no times, no counts. */
      devices: v.array(
        v.looseObject({
          device: v.number(),
          mark: v.string(),
          state: v.picklist(['provisional', 'confirmed', 'revoked']),
          /** What the office ordered of it last, and whether it has done so; absent from older servers. */
          order: v.optional(v.nullable(v.picklist(ORDERS)), null),
          obeyed: v.optional(v.boolean(), false),
          /** Whether it came within the last week. */
          isNew: v.optional(v.boolean(), false),
        }),
      ),
    }),
  ),
  /** Cards that lie somewhere unused. */
  cards: v.array(
    v.looseObject({
      id: IdSchema,
      name: v.string(),
      role: RoleSchema,
      regionName: v.string(),
      expiresAt: v.number(),
    }),
  ),
  /** The own regions and the units below them, with the roles one may give there. */
  regions: v.array(
    v.looseObject({ region: RegionPrefixSchema, name: v.string(), roles: v.array(RoleSchema) }),
  ),
})
export type People = v.InferOutput<typeof PeopleSchema>
export const OneDeviceSchema = v.object({
  device: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(Number.MAX_SAFE_INTEGER)),
})

export const DeviceOrderSchema = v.object({ ...OneDeviceSchema.entries, order: v.picklist(ORDERS) })

/** The devices of the caller, as only they see them. */
export const OwnDevicesSchema = v.looseObject({
  devices: v.array(
    v.looseObject({
      device: v.number(),
      mark: v.string(),
      sort: v.picklist(SESSION_SORTS),
      state: v.picklist(['provisional', 'confirmed', 'revoked']),
      /** Epoch ms; null: longer ago than is kept. */
      madeAt: v.nullable(v.number()),
      /** When it was last here, epoch ms; null: never since. */
      seenAt: v.nullable(v.number()),
      /** Whether somebody could go on there without entering anew. */
      signedIn: v.boolean(),
      /** This very one. */
      here: v.boolean(),
      /** Whether its person has said that it is theirs. */
      greeted: v.boolean(),
      held: v.boolean(),
    }),
  ),
})
export type OwnDevice = v.InferOutput<typeof OwnDevicesSchema>['devices'][number]

/** Six digits of the authenticator, or a recovery code. */
export const ProofSchema = v.object({ code: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(40)) })

/** A dispute that must be read because somebody is in danger: by its id, or by its number in the paper book. */
export const EmergencyAskSchema = v.object({
  county: CountySchema,
  id: v.nullable(IdSchema),
  paperNo: v.pipe(v.string(), v.trim(), v.maxLength(60)),
  reason: v.pipe(v.string(), v.trim(), v.minLength(4), v.maxLength(200)),
})
export const EmergenciesSchema = v.looseObject({
  emergencies: v.array(
    v.looseObject({
      id: IdSchema,
      regionName: v.string(),
      name: v.string(),
      reason: v.string(),
      askedAt: v.number(),
      until: v.number(),
      state: v.picklist(['waiting', 'open', 'over']),
      mine: v.boolean(),
      /** The dispute, for who asked and while it is open. */
      record: v.nullable(IdSchema),
    }),
  ),
})
export type Emergency = v.InferOutput<typeof EmergenciesSchema>['emergencies'][number]

export const DemoSchema = v.looseObject({
  demo: v.boolean(),
  /** Whose phone or desk this port is; '' on the entry page's own port and outside the demo. */
  person: v.string(),
  port: v.number(),
  /** Port of the entry page, which may show the people's ports in frames and cut their network. */
  main: v.number(),
  /** Names the demo world that is there now; another name after it was put back. '' outside the demo. */
  world: v.string(),
  ports: v.array(v.looseObject({ port: v.number(), person: v.string() })),
})
export type Demo = v.InferOutput<typeof DemoSchema>

export const FeedbackSchema = v.object({
  sort: v.picklist(['complaint', 'suggestion']),
  text: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(2000)),
  /** How to answer, if the writer wishes one. */
  contact: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(100)), ''),
  /** Where the writer lives, when they say so; null: for the sponsor's office. */
  region: v.optional(v.nullable(RegionCodeSchema), null),
})
export const FeedbackListSchema = v.looseObject({
  feedback: v.array(
    v.looseObject({
      id: IdSchema,
      sort: v.string(),
      text: v.string(),
      contact: v.string(),
      regionName: v.string(),
      at: v.number(),
    }),
  ),
})
