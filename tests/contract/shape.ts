import { createHash } from 'node:crypto'
import { BODY_SCHEMAS } from '#domain/record/kind.ts'
import { CATALOGUE } from '#sync/catalogue/catalogue.ts'
import * as op from '#sync/protocol/op.ts'
import * as wire from '#sync/protocol/wire.ts'

/** A schema as JSON: regular expressions by their source, everything else as Valibot keeps it; checks are functions and left out. */
const shapeOf = (schema: unknown): string =>
  JSON.stringify(schema, (key, value: unknown) => {
    if (key === '~standard') return undefined
    return value instanceof RegExp ? value.source : value
  })

const fingerprint = (shape: string): string => createHash('sha256').update(shape).digest('hex').slice(0, 16)

const schemasOf = (file: Readonly<Record<string, unknown>>): [string, unknown][] =>
  Object.entries(file).filter(([name]) => name.endsWith('Schema'))

export interface Fingerprints {
  protocol: number
  limits: object
  wire: Record<string, string>
  ops: Record<string, string>
  records: Record<string, string>
}

/** What must not change in silence: what travels, what an outbox may hold, and what a record looks like. */
export const fingerprintsNow = (): Fingerprints => ({
  protocol: wire.PROTOCOL,
  limits: wire.LIMITS,
  wire: Object.fromEntries(
    [...schemasOf(wire), ...schemasOf(op)].map(([name, one]) => [name, fingerprint(shapeOf(one))]),
  ),
  ops: Object.fromEntries(
    [...CATALOGUE].map(([name, one]) => [
      `${name} v${one.version}`,
      fingerprint(shapeOf([one.schema, one.kinds ?? null])),
    ]),
  ),
  records: Object.fromEntries(
    Object.entries(BODY_SCHEMAS).map(([kind, one]) => [kind, fingerprint(shapeOf(one))]),
  ),
})
