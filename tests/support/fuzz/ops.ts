import { randomUUID } from 'node:crypto'
import { jsonSchemaOf } from '#server/routes/json-schema.ts'
import { CATALOGUE } from '#sync/catalogue/catalogue.ts'
import { newDispute, newMeeting, newOutreach } from '../server-ops.ts'
import type { Dice } from './dice.ts'
import { spoil, valueFor, type Schema, type Seen } from './values.ts'

/** Sorts of ops with the schema of their arguments, as far as JSON Schema has words for it. */
const SORTS: readonly (readonly [name: string, schema: Schema, kinds: readonly string[]])[] = [
  ...CATALOGUE.entries(),
].map(([name, { schema, kinds }]) => {
  try {
    return [name, jsonSchemaOf(schema) as Schema, kinds ?? []] as const
  } catch {
    return [name, { type: 'object' }, kinds ?? []] as const
  }
})

const CREATED: Readonly<Record<string, () => object>> = {
  dispute: newDispute,
  outreach: newOutreach,
  meeting: () => newMeeting(randomUUID()),
}

interface Pushing {
  push: { ops: Record<string, unknown>[] }
}

/** A request that hands in another op instead of its own: any of the catalogue, its arguments drawn, sometimes spoiled. */
export function withAnotherOp(request: unknown, seen: Seen, dice: Dice): unknown {
  const body = structuredClone(request) as Pushing
  const [op] = body.push.ops
  if (!op) return request
  const [name, schema, kinds] = dice.pick(SORTS)
  const own = op['e'] as [string, string]
  const kind = kinds.length > 0 && dice.chance(0.9) ? dice.pick(kinds) : own[0]
  op['k'] = name
  if (name === 'create' && dice.chance(0.7)) {
    const made = dice.pick(Object.keys(CREATED))
    op['e'] = [made, randomUUID()]
    op['a'] = CREATED[made]?.()
    op['b'] = 0
  } else {
    op['e'] = [kind, own[1]]
    op['a'] = valueFor(schema, seen, dice)
  }
  if (dice.chance(0.3)) op['a'] = spoil(op['a'], seen, dice)
  if (dice.chance(0.1)) op['d'] = [dice.below(3)]
  if (dice.chance(0.1)) op['as'] = [dice.below(40), dice.below(4)]
  if (dice.chance(0.1)) op['b'] = dice.pick(seen.numbers)
  return body
}
