import type { Office } from '../world/office.ts'
import type { Taken } from './replay.ts'
import { must } from './violation.ts'

/** What people make anew in a village of their own; other records follow the one they belong to. */
const OWN: readonly string[] = ['dispute', 'outreach', 'lead', 'service']

/**
 * I-21: whatever was made anew in a village was made by somebody who holds a post there, or held one, or in the village that it has gone
 * over into: an op counts for the place that follows the one it names.
 */
export function expectAllowed(office: Office, taken: ReadonlyMap<string, readonly Taken[]>): void {
  for (const ops of taken.values())
    for (const { op, made } of ops) {
      if (op.b !== 0 || !OWN.includes(op.e[0]) || !(op.k === 'create' || op.k === 'outreach.log')) continue
      const posts = office.people[office.indexOf(made.person)]?.posts ?? []
      const places = [op.r, office.nowOf(op.r)]
      const isAllowed = posts.some((one) => places.some((place) => place.startsWith(one.region)))
      must(
        isAllowed,
        'I-21',
        () => `${op.e[0]}/${op.e[1]} was made in ${op.r} by somebody who never worked there`,
      )
    }
}
