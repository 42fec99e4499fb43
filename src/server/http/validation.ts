import type { FastifySchemaCompiler } from 'fastify'
import * as v from 'valibot'

const MAX_DEPTH = 32

/** Whether a JSON value nests deeper than anything of ours does; deeper ones would only exhaust the stack. Without recursion. */
function tooDeep(value: unknown): boolean {
  let level: unknown[] = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return true
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []))
  }
  return false
}

/** A request that does not fit its schema. `where` is the path of the first fault, never its value. */
export class Malformed extends Error {
  override readonly name = 'Malformed'
  readonly where: string

  constructor(where: string) {
    super('malformed')
    this.where = /^[a-zA-Z0-9_.]{1,80}$/.test(where) ? where : ''
  }
}

/** Fastify's validation, done by the Valibot schema of the route: one schema, on both sides. */
export const valibotCompiler: FastifySchemaCompiler<v.GenericSchema> =
  ({ schema, httpPart }) =>
  (data: unknown) => {
    if (httpPart === 'body' && tooDeep(data)) return { error: new Malformed('') }
    const parsed = v.safeParse(schema, data ?? (httpPart === 'querystring' ? {} : data))
    return parsed.success
      ? { value: parsed.output }
      : { error: new Malformed(v.getDotPath(parsed.issues[0]) ?? '') }
  }
