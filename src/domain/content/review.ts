import type { Day } from '../time/day.ts'
import type { ContentItem } from './content-item.ts'

/** Where the content is shown: `demo` may show drafts with a note, `production` never. */
export type Stage = 'demo' | 'production'

/** Whether an item may be listed, searched, shared or put on a poster at this stage on this day. */
export const isVisible = (item: ContentItem, stage: Stage, today: Day): boolean =>
  (stage === 'demo' || item.review.state === 'signed') && !isRetired(item, today)

/** Whether the link to an item still answers: a retired page stays, with its notice; a draft is absent in production. */
export const isReachable = (item: ContentItem, stage: Stage): boolean =>
  stage === 'demo' || item.review.state === 'signed'

/** Retired by hand, or past the last day the answer holds. */
export const isRetired = (item: ContentItem, today: Day): boolean =>
  (item.retiredOn !== null && today >= item.retiredOn) || (item.validTo !== null && today > item.validTo)

/** The line under the title: who signed, or that nobody has. */
export const reviewLine = (item: ContentItem): string =>
  item.review.state === 'signed'
    ? `${item.review.office} ${item.review.lawyer}律师核对`
    : '样稿，未经律师审核'
