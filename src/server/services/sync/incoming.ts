import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { KindSchema } from '#domain/record/kind.ts'
import { countyOf, type County } from '#domain/region/code.ts'
import { CATALOGUE } from '#sync/catalogue/catalogue.ts'
import { OpSchema, type Op } from '#sync/protocol/op.ts'
import { batchHash, firstMadeAs, opHash } from '#sync/protocol/op-hash.ts'

/** An op as it came: only its number is sure. */
export type RawOp = { n: number } & Record<string, unknown>

/** One op of a push, read. `op` null: it makes no sense. `later`: of a kind or version that this build does not know. */
export interface Incoming {
  n: number
  /** Fingerprint of the op as it was first made: what its receipt is compared by. */
  hash: string
  raw: RawOp
  op: Op | null
  later: boolean
}

const sha256 = async (bytes: Uint8Array): Promise<Uint8Array> => createHash('sha256').update(bytes).digest()
const utf8 = new TextEncoder()
const encode = (text: string): Uint8Array => utf8.encode(text)

function isLater(raw: RawOp): boolean {
  const kind = raw['k']
  const version = raw['v']
  const known = typeof kind === 'string' ? CATALOGUE.get(kind) : undefined
  const record = Array.isArray(raw['e']) ? (raw['e'] as unknown[])[0] : undefined
  return !known || (typeof version === 'number' && version > known.version) || !v.is(KindSchema, record)
}

/**
 * Reads a batch op by op, so that one that makes no sense spoils no other (I-9).
 * @param county what the batch says it is for; an op of a region elsewhere makes no sense in it
 */
export async function readBatch(
  raws: readonly RawOp[],
  county: County,
): Promise<{ ops: Incoming[]; batch: string }> {
  const ops: Incoming[] = []
  const sent: string[] = []
  for (const raw of raws) {
    const parsed = v.safeParse(OpSchema, raw)
    const fits = parsed.success && countyOf(parsed.output.r) === county
    const later = parsed.success && isLater(raw)
    const hash = await opHash(raw as unknown as Op, sha256, encode)
    sent.push(hash)
    ops.push({
      n: raw.n,
      hash:
        parsed.success && parsed.output.as
          ? await opHash(firstMadeAs(raw as unknown as Op), sha256, encode)
          : hash,
      raw,
      op: fits ? parsed.output : null,
      later,
    })
  }
  return {
    ops,
    batch: await batchHash(sent, sha256, encode),
  }
}
