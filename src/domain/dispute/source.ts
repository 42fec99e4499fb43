import * as v from 'valibot'

/** How a dispute reached the committee: S1 … S10 of the glossary. S3 is 委派 (before filing), S4 委托 (after filing). */
export const DisputeSourceSchema = v.picklist(['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7', 'S8', 'S9', 'S10'])
export type DisputeSource = v.InferOutput<typeof DisputeSourceSchema>

/** The printed acceptance form knows two sources only: on application, or on the committee's own initiative. */
export const formSourceOf = (source: DisputeSource): 'applied' | 'own' =>
  source === 'S2' ? 'own' : 'applied'

/** Delegated by a court: the ones counted as 委派/委托 (特邀调解规定 art. 11). */
export const isCourtDelegated = (source: DisputeSource): boolean => source === 'S3' || source === 'S4'
