import * as v from 'valibot'
import { GrantSchema } from '#domain/access/grant.ts'
import { LaneSchema } from '#domain/access/lane.ts'
import { RoleSchema } from '#domain/access/role.ts'
import { IdSchema } from '#domain/id.ts'
import { CountySchema, RegionCodeSchema, RegionPrefixSchema } from '#domain/region/code.ts'
import { OrderKeySchema } from './directive.ts'
import { LooksSchema } from './looks.ts'
import { OpSchema, OutcomeSchema } from './op.ts'

/** Raised only when an old phone could no longer talk to a new server, which has not happened and should not. */
export const PROTOCOL = 1
export const EXCHANGE_PATH = '/api/sync/v1/exchange'
/** Where sealed ops of a locked phone go, and where a signed-in one asks what to seal them for. */
export const DROPBOX_PATH = '/api/sync/v1/dropbox'
export const HEAD_PATH = '/api/sync/v1/head'

/** Small numbers of the protocol, each in this one place. Bytes are before compression. */
export const LIMITS = {
  batchOps: 200,
  batchBytes: 256 * 1024,
  pageRows: 500,
  pageBytes: 512 * 1024,
  /** Pages of one county in one answer, for a phone that asks for so many. */
  pages: 8,
  bodyBytes: 1024 * 1024,
  ringDays: 35,
  tombstoneDays: 400,
  headAgeMs: 2000,
  /** Villages repaired in one exchange. */
  fixes: 16,
} as const

const Count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER))

/** One request does both directions. Unknown keys are ignored by both sides. */
export const ExchangeRequestSchema = v.looseObject({
  p: v.pipe(v.number(), v.integer(), v.minValue(1)),
  app: v.pipe(v.string(), v.maxLength(40)),
  dev: Count,
  /** The server history this phone last met; null before the first answer. */
  epoch: v.nullable(v.pipe(v.string(), v.maxLength(64))),
  scopeRev: Count,
  /** Device clock when sending: wall (epoch ms) and monotonic (ms). */
  t: v.number(),
  mono: v.number(),
  /** What still waits here: ops, the records they belong to, age of the oldest in seconds, refused ops, blobs; and whether any of it is stuck. */
  stat: v.looseObject({ out: Count, recs: v.optional(Count), oldest: Count, dead: Count, blobs: Count }),
  push: v.optional(
    v.looseObject({
      c: CountySchema,
      ops: v.pipe(v.array(OpSchema), v.minLength(1), v.maxLength(LIMITS.batchOps)),
    }),
  ),
  pull: v.optional(
    v.looseObject({
      /** Newest record version this build can show. */
      sv: v.pipe(v.number(), v.integer(), v.minValue(1)),
      max: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LIMITS.pageRows)),
      /** How many pages of a county one answer may carry; absent, as from older phones: one. */
      pages: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100))),
      /** Cursor by county: the ledger position up to which everything was applied; 0 to begin. */
      s: v.record(CountySchema, Count),
      /** Villages whose digest did not match: the server answers with a list line for each. */
      fix: v.optional(v.record(CountySchema, v.pipe(v.array(RegionCodeSchema), v.maxLength(LIMITS.fixes)))),
      /** Records to send again as they are, whatever their version: the server answers with a rows line. */
      want: v.optional(
        v.record(
          CountySchema,
          v.pipe(v.array(v.tuple([v.string(), IdSchema])), v.maxLength(LIMITS.pageRows)),
        ),
      ),
    }),
  ),
  /** The last `proof` this phone was given, so that a server put back to an earlier state learns of it. */
  proof: v.optional(v.pipe(v.string(), v.maxLength(400))),
  /** What was looked at on this phone since the server last took note. */
  looked: v.optional(LooksSchema),
})
export type ExchangeRequest = v.InferOutput<typeof ExchangeRequestSchema>

/** Who is signed in on this phone, what they hold, and the names around them: enough to work for months without a network. */
export const MeSchema = v.looseObject({
  person: IdSchema,
  name: v.string(),
  /** Letter of this installation in its village, for paper numbers. */
  mark: v.string(),
  provisional: v.boolean(),
  posts: v.array(
    v.looseObject({
      role: RoleSchema,
      region: RegionPrefixSchema,
      regionName: v.string(),
      organisation: v.string(),
    }),
  ),
  grants: v.array(GrantSchema),
  /** Names of the regions of all posts and the townships and counties above them. */
  regions: v.array(v.looseObject({ code: RegionCodeSchema, name: v.string(), short: v.string() })),
  /** Who helps around here: shown on articles and offline. `phone` null: not given. */
  contacts: v.array(
    v.looseObject({ name: v.string(), role: v.string(), phone: v.nullable(v.string()), when: v.string() }),
  ),
  sponsor: v.string(),
  filingNo: v.string(),
  /** Scheme and host for links and codes that leave the phone; absent from older servers: the page's own. */
  origin: v.optional(v.string()),
  /** What orders for this phone are signed with (`directive.ts`), newest first; absent from older servers. */
  orderKeys: v.optional(v.array(OrderKeySchema)),
  /** Other devices of this person that came since, until they say on one of theirs that it is theirs. */
  arrivals: v.optional(
    v.array(v.looseObject({ device: v.number(), mark: v.string(), sort: v.string(), at: v.number() })),
  ),
  /** Files of theirs that an office opened because somebody was in danger, until they have seen it: who, why, until when (epoch ms). */
  opened: v.optional(
    v.array(
      v.looseObject({
        id: IdSchema,
        record: IdSchema,
        name: v.string(),
        reason: v.string(),
        at: v.number(),
        until: v.number(),
      }),
    ),
  ),
})
export type Me = v.InferOutput<typeof MeSchema>

export const HelloLineSchema = v.looseObject({
  hello: v.literal(1),
  epoch: v.string(),
  now: v.number(),
  /** `t` and `mono` of the request it answers: what a cache kept for another one is not believed. Absent from older servers. */
  re: v.optional(v.tuple([v.number(), v.number()])),
  scopeRev: Count,
  /** Acknowledged ops older than this moment (epoch ms) are covered by a verified backup; 0: none is. */
  ringSafe: v.number(),
  /** Milliseconds to wait before coming again; 0: as you like. */
  wait: v.number(),
  /** Present when `scopeRev` differs from what the phone named. */
  me: v.optional(MeSchema),
  /** What this server has promised: epoch and ledger positions, signed. The phone keeps the newest and shows it at the next exchange. */
  proof: v.optional(v.string()),
  /** The server's version: what another could not take, this one may. */
  server: v.optional(v.string()),
  /** Public keys for sealing. */
  keys: v.optional(v.array(v.unknown())),
  /** What the office says to this device, each with its `is`: `refused` about an op of its, `device` an order (`directive.ts`). */
  directives: v.optional(v.array(v.unknown())),
  /** Of how many `looked` note was taken; absent from older servers: of none. */
  looked: v.optional(Count),
})
export type HelloLine = v.InferOutput<typeof HelloLineSchema>

/** [n, outcome, seq or 0, rv or 0, detail]. Detail: `code` of a refusal, `lost` fields of a merge, `server` body for showing side by side. */
export const AckSchema = v.tuple([
  Count,
  OutcomeSchema,
  Count,
  Count,
  v.looseObject({
    code: v.optional(v.string()),
    lost: v.optional(v.array(v.string())),
    on: v.optional(v.number()),
  }),
])
export type Ack = v.InferOutput<typeof AckSchema>

/** `batch`: fingerprint of the ops it speaks of; absent from older servers. What speaks of other ops, though of the same numbers, is not believed. */
export const AcksLineSchema = v.looseObject({
  acks: v.array(AckSchema),
  ackFloor: Count,
  batch: v.optional(v.string()),
})

/**
 * A typed value that another value replaced without its author having seen it, until somebody decides: which field, the value, the
 * record version at which it lost, the device that typed it, and its corrected edit time (epoch ms).
 */
export const OpenLossSchema = v.looseObject({
  field: v.string(),
  value: v.unknown(),
  rv: Count,
  device: Count,
  at: v.number(),
})
export type OpenLoss = v.InferOutput<typeof OpenLossSchema>

/**
 * [kind, id, region, lane, rv, sv, body, losses]; body "gone": left this scope; "deleted": no longer exists. Losses are absent when
 * there are none, and unknown to phones of before.
 */
export const RowSchema = v.tuple([
  v.string(),
  IdSchema,
  RegionCodeSchema,
  LaneSchema,
  Count,
  Count,
  v.union([v.literal('gone'), v.literal('deleted'), v.record(v.string(), v.unknown())]),
  v.optional(v.array(OpenLossSchema)),
])
export type Row = v.InferOutput<typeof RowSchema>

/** Everything of `page` (a county) with ledger positions in (from, to]; whole when `to` equals `head`. */
export const PageLineSchema = v.looseObject({
  page: CountySchema,
  from: Count,
  to: Count,
  head: Count,
  floor: Count,
  rows: v.array(RowSchema),
})
export type PageLine = v.InferOutput<typeof PageLineSchema>

/** Count and XOR of (kind, id, rv) by village and lane at ledger position `at`; hashes are 16 hexadecimal digits. */
export const DigestLineSchema = v.looseObject({
  digest: CountySchema,
  at: Count,
  v: v.array(v.tuple([RegionCodeSchema, LaneSchema, Count, v.string()])),
  /** [kind, id, rv, region] of what the caller keeps outside those lanes: own records and single grants. */
  more: v.optional(v.array(v.tuple([v.string(), IdSchema, Count, RegionCodeSchema]))),
})
export type DigestLine = v.InferOutput<typeof DigestLineSchema>

/** Everything the caller keeps of one village at ledger position `at`, as [kind, id, rv]. */
export const ListLineSchema = v.looseObject({
  list: CountySchema,
  region: RegionCodeSchema,
  at: Count,
  v: v.array(v.tuple([v.string(), IdSchema, Count])),
})
export type ListLine = v.InferOutput<typeof ListLineSchema>

/** Records that were asked for, as they are now; one that was asked for and is not here is not the caller's to keep. */
export const RowsLineSchema = v.looseObject({ rows: CountySchema, at: Count, v: v.array(RowSchema) })
export type RowsLine = v.InferOutput<typeof RowsLineSchema>

/** Answer of the head route: enough to know that nothing is new without asking the database. */
export const HeadAnswerSchema = v.looseObject({
  heads: v.record(CountySchema, Count),
  epoch: v.optional(v.string()),
  scopeRev: v.optional(Count),
})
export type HeadAnswer = v.InferOutput<typeof HeadAnswerSchema>

/** Without this line the rest of an answer is missing, not empty. `batch` echoes the pushed batch's hash, '' without a push. */
export const EndLineSchema = v.looseObject({
  end: v.literal(1),
  lines: Count,
  crc: v.string(),
  batch: v.string(),
})

/** What a request is answered with when it is refused as a whole. @public part of the wire */
export const RefusalSchema = v.looseObject({
  reason: v.string(),
  sentence: v.string(),
  /** With 401, when the office ended the session of this phone: its orders (`directive.ts`). */
  directives: v.optional(v.array(v.unknown())),
})
