import * as v from 'valibot'
import { DisputeSourceSchema } from '#domain/dispute/source.ts'
import { OutreachFormSchema } from '#domain/outreach/outreach.ts'
import { RegionCodeSchema } from '#domain/region/code.ts'
import { DaySchema } from '#domain/time/day.ts'

const Text = v.pipe(v.string(), v.minLength(1))
const Count = v.pipe(v.number(), v.integer(), v.minValue(0))
const Monthly = v.pipe(v.array(Count), v.length(12))
const Part = v.pipe(v.number(), v.minValue(0))

/** `world.yaml`: the county, its townships, what stands there besides committees, and the people of the stories. */
export const WorldSchema = v.strictObject({
  county: v.strictObject({ code: v.pipe(v.string(), v.regex(/^99\d{4}$/)), name: Text }),
  province: v.strictObject({ code: v.string(), name: Text }),
  prefecture: v.strictObject({ code: v.string(), name: Text }),
  register_day: DaySchema,
  townships: v.array(v.strictObject({ code: v.pipe(v.string(), v.regex(/^\d{3}$/)), name: Text })),
  shown: v.string(),
  organisations: v.array(
    v.strictObject({
      sort: v.picklist(['bureau', 'office', 'studio', 'team']),
      name: Text,
      region: RegionCodeSchema,
      from: DaySchema,
    }),
  ),
  people: v.array(
    v.strictObject({
      key: Text,
      name: Text,
      /** What everybody calls them, when it is not the name. */
      called: v.optional(Text),
      woman: v.boolean(),
      at: RegionCodeSchema,
      as: v.picklist(['mediator', 'understander']),
      member: v.boolean(),
      from: DaySchema,
      phone: Text,
      /** Coordinates the township and reports for the county, besides. */
      coordinates: v.optional(v.boolean()),
    }),
  ),
  doors: v.array(v.strictObject({ person: Text, offset: v.pipe(Count, v.minValue(1)) })),
  poster: Text,
})

/** `living.yaml`: how much happens in a month from 2024 on. */
export const LivingSchema = v.strictObject({
  first_year: Count,
  disputes: Monthly,
  outreach: Monthly,
  townships: v.record(v.string(), v.strictObject({ disputes: Part, outreach: Part })),
  sources: v.record(DisputeSourceSchema, Part),
  settled: Part,
  confirmed: Part,
  services: Count,
  screenings: Count,
  asked: v.array(Text),
  leave: Part,
  join: Part,
  understanders_join: Part,
})

/** `phrases.yaml`: what is written down about a matter. */
export const PhrasesSchema = v.strictObject({
  refused: v.array(Text),
  court: Text,
  words: v.record(
    v.string(),
    v.strictObject({ facts: v.array(Text), terms: v.array(Text), paid: v.array(Text) }),
  ),
})

/** `names.yaml`: syllables of invented names. */
export const NamesSchema = v.strictObject({
  surnames: Text,
  women: v.strictObject({ first: v.array(Text), last: v.array(Text) }),
  men: v.strictObject({ first: v.array(Text), last: v.array(Text) }),
})

/** `stories.yaml`: what the people of the entry page have in hand. `a` of a dispute's beginning is made of its own fields. */
export const StoriesSchema = v.array(
  v.strictObject({
    kind: v.picklist(['dispute', 'lead', 'outreach', 'service']),
    key: Text,
    region: RegionCodeSchema,
    by: Text,
    mediator: v.optional(Text),
    word: v.optional(Text),
    source: v.optional(DisputeSourceSchema),
    place: v.optional(Text),
    sides: v.optional(v.array(Text)),
    facts: v.optional(Text),
    a: v.optional(v.record(v.string(), v.unknown())),
    steps: v.array(
      v.strictObject({
        k: Text,
        /** Days from the day of loading, 0 or earlier; `happened` likewise. */
        day: v.pipe(v.number(), v.integer(), v.maxValue(0)),
        at: v.pipe(v.string(), v.regex(/^\d{2}:\d{2}$/)),
        happened: v.optional(v.pipe(v.number(), v.integer(), v.maxValue(0))),
        by: v.optional(Text),
        a: v.optional(v.record(v.string(), v.unknown())),
      }),
    ),
  }),
)

/** A line of `committees.tsv`. */
export const CommitteeLineSchema = v.strictObject({
  region: RegionCodeSchema,
  name: Text,
  level: v.picklist(['village', 'township', 'county', 'trade']),
  members: Count,
  engaged: Count,
  understanders: Count,
  both: Count,
  weight: Count,
})

/** A line of `archive.tsv`; null where the file has a dash. */
export const ArchiveLineSchema = v.strictObject({
  accepted: DaySchema,
  region: v.pipe(v.string(), v.regex(/^\d{6}$/)),
  word: Text,
  source: DisputeSourceSchema,
  side: Text,
  other: Text,
  outcome: v.picklist(['agreed', 'failed']),
  settled: DaySchema,
  form: v.nullable(v.picklist(['oral', 'written'])),
  yuan: v.nullable(Count),
  court: v.nullable(
    v.pipe(v.string(), v.regex(/^(valid|not-accepted|dismissed|withdrawn):\d{4}-\d{2}-\d{2}$/)),
  ),
})

/** A line of `words.tsv`: a village word, how often it comes up, and its twelve months against the usual 1. */
export const WordLineSchema = v.strictObject({
  word: Text,
  weight: Part,
  months: v.pipe(v.array(Part), v.length(12)),
})

/** A line of `outreach.tsv`. */
export const OutreachLineSchema = v.strictObject({
  title: Text,
  form: OutreachFormSchema,
  months: v.array(v.pipe(Count, v.minValue(1), v.maxValue(12))),
  from: Count,
  to: Count,
  place: Text,
})

export type Story = v.InferOutput<typeof StoriesSchema>[number]
export type World = v.InferOutput<typeof WorldSchema>
export type Living = v.InferOutput<typeof LivingSchema>
export type Phrases = v.InferOutput<typeof PhrasesSchema>
export type Names = v.InferOutput<typeof NamesSchema>
export type CommitteeLine = v.InferOutput<typeof CommitteeLineSchema>
export type ArchiveLine = v.InferOutput<typeof ArchiveLineSchema>
export type WordLine = v.InferOutput<typeof WordLineSchema>
export type OutreachLine = v.InferOutput<typeof OutreachLineSchema>
