import type { FastifySchemaCompiler } from 'fastify'
import * as v from 'valibot'
import { isHeldByNone } from '../database/holdable.ts'

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

/** Whether there is text in it that no database holds. @param but what is not looked into */
function isUnholdable(value: unknown, but: unknown): boolean {
  const left = [value]
  for (let one = left.pop(); one !== undefined; one = left.pop()) {
    if (typeof one === 'string' && isHeldByNone(one)) return true
    if (typeof one === 'object' && one !== null && one !== but)
      for (const inner of Object.values(one)) if (inner !== undefined) left.push(inner)
  }
  return false
}

/** What a phone hands in is looked at op by op, so that one that no database holds spoils no other (I-9). */
const opsIn = (body: unknown): unknown => (body as { push?: { ops?: unknown } } | null)?.push?.ops

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
    if (!parsed.success) return { error: new Malformed(v.getDotPath(parsed.issues[0]) ?? '') }
    return isUnholdable(parsed.output, opsIn(parsed.output))
      ? { error: new Malformed('') }
      : { value: parsed.output }
  }
