import type { OwnCount } from '#phone/care.ts'

/** The numbers that a person knows by name, in the order in which they are told. */
export const OWN_METRICS = ['disputes', 'settled', 'confirmed', 'outreach', 'attendances'] as const
type OwnMetric = (typeof OWN_METRICS)[number]

const isAnything = (one: OwnCount): boolean =>
  one.confirmed !== 0 || one.waiting !== 0 || one.notAccepted !== 0

/** Those numbers of which there is anything to tell; the three parts of each stay apart. */
export const shownCounts = (counts: readonly OwnCount[]): (OwnCount & { metric: OwnMetric })[] =>
  OWN_METRICS.flatMap((metric) =>
    counts.filter((one) => one.metric === metric && isAnything(one)).map((one) => ({ ...one, metric })),
  )
