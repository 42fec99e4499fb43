import * as v from 'valibot'
import type { Rights } from '#domain/access/grant.ts'
import { IdSchema, type Id } from '#domain/id.ts'
import { boundToParty, IdNumberSchema } from '#domain/privacy/id-number.ts'
import { SEALED_FIELDS } from '#domain/privacy/mask.ts'
import { CountySchema, type County } from '#domain/region/code.ts'
import { dayOf } from '#domain/time/day.ts'
import type { Database } from '../database/database.ts'
import { readAs, readSettings } from '../database/read-settings.ts'
import { record as audit } from '../repositories/audit.ts'
import { seenRecord } from '../repositories/privacy/seen.ts'
import { openBox, type FieldKeys } from './field-keys.ts'
import { openBody } from './sealed-body.ts'

/** Which number of which record is asked for: a side's identity number, or a field that is masked. */
export const AskedNumberSchema = v.variant('field', [
  v.object({
    field: v.literal('idNumber'),
    kind: v.literal('dispute'),
    county: CountySchema,
    id: IdSchema,
    party: IdSchema,
  }),
  v.object({ field: v.literal('phone'), kind: v.literal('lead'), county: CountySchema, id: IdSchema }),
])
export type AskedNumber = v.InferOutput<typeof AskedNumberSchema>

export interface RevealDeps {
  database: Database
  fields: FieldKeys
  /** Epoch milliseconds. */
  clock(): number
}

/** Who asks; `device` null: at a desk. */
export interface Asker {
  person: Id
  device: number | null
  rights: Rights
  requestId: string
}

function numberIn(fields: FieldKeys, asked: AskedNumber, body: Record<string, unknown>): string | null {
  if (asked.field === 'idNumber') {
    const list = v.safeParse(v.array(IdNumberSchema), body['idNumbers'])
    const own = list.success ? list.output.find((one) => one.id === asked.party) : undefined
    return own ? openBox(fields, boundToParty(asked.id, asked.party), own) : null
  }
  if (!SEALED_FIELDS[asked.kind]?.includes(asked.field)) return null
  const value = openBody(fields, asked, body)[asked.field]
  return typeof value === 'string' && value !== '' ? value : null
}

/**
 * The whole number, for somebody who may see its record whole. Who asked stands in the log, written in the same transaction: what cannot be
 * written down is not shown (TR-47, TR-51).
 * @returns null: not there, not theirs, or sealed under a key that is not here: one answer
 */
export function reveal(deps: RevealDeps, who: Asker, asked: AskedNumber): Promise<string | null> {
  const now = deps.clock()
  const county: County = asked.county
  return readAs(deps.database, readSettings(who.rights, dayOf(now)), async (tx) => {
    const seen = await seenRecord(tx, county, asked)
    const value = seen && numberIn(deps.fields, asked, seen.body)
    if (!seen || value === null) return null
    await audit(tx, now, {
      actor: who.person,
      device: who.device,
      role: who.device === null ? 'desk' : 'phone',
      action: `reveal.${asked.field}`,
      object: { kind: asked.kind, id: asked.id },
      region: seen.region,
      requestId: who.requestId,
    })
    return value
  })
}
