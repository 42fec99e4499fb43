import * as v from 'valibot'

/**
 * open 还在谈 · agreed 说好了 · failed 没说好 · escalated 请镇上帮忙 · closed 结案 · cancelled 记错了.
 * A cancelled record was entered by mistake: it stays readable and counts nowhere.
 */
export const DisputeStageSchema = v.picklist(['open', 'agreed', 'failed', 'escalated', 'closed', 'cancelled'])
export type DisputeStage = v.InferOutput<typeof DisputeStageSchema>

const NEXT: Readonly<Record<DisputeStage, readonly DisputeStage[]>> = {
  open: ['agreed', 'failed', 'escalated', 'closed', 'cancelled'],
  agreed: ['open', 'closed', 'cancelled'],
  failed: ['open', 'escalated', 'closed', 'cancelled'],
  escalated: ['open', 'agreed', 'failed', 'closed', 'cancelled'],
  closed: [],
  cancelled: [],
}

/** Whether a dispute may go from one stage to another (D-31). A closed file stays closed: it is evidence of what was decided. */
export const canMove = (from: DisputeStage, to: DisputeStage): boolean => NEXT[from].includes(to)
