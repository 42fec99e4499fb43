import * as v from 'valibot'

/**
 * A record travels in one lane, and a grant opens lanes:
 * casework (disputes and what belongs to them), outreach (publicity, service, leads, screenings), register (people and organisations),
 * closed (violence, minors, or by a party's wish: by grant of the single record only).
 */
export const LaneSchema = v.picklist(['casework', 'outreach', 'register', 'closed'])
export type Lane = v.InferOutput<typeof LaneSchema>

/** `full` shows the whole record; `skeleton` only type, source, dates, stage, outcome, amount, region and flags. */
export const ViewSchema = v.picklist(['full', 'skeleton'])
export type View = v.InferOutput<typeof ViewSchema>
