import { answerOf } from '#server/services/sync/answer.ts'
import { makeProver } from '#server/services/sync/proof.ts'
import { SECRET } from './handlers.ts'
import type { Reply } from './network.ts'

const NEWER = ['digest', 'list', 'rows']

/** Every other answer to ops is that of a version which knew whose decisions they are, and not yet whose question they answer. */
const isOfTheLast = (lines: readonly Record<string, unknown>[]): boolean =>
  lines.some(
    (line) => typeof line['batch'] === 'string' && Number.parseInt(line['batch'].slice(0, 2), 16) % 2 === 0,
  )

/** What an earlier version did in its way; each is one of its own. */
export interface OldWays {
  /** To a phone that only fetched it did not say whose question it answered. */
  isSilent: boolean
  /** It promised how far a phone's ops were decided, and not what the last one was; else it promised nothing. */
  isPromising: boolean
}

const prover = makeProver(SECRET)

/** A promise as an earlier version gave it. */
function olderPromise(proof: unknown): string | undefined {
  const pledge = typeof proof === 'string' ? prover.read(proof) : null
  return pledge ? prover.sign({ ...pledge, told: [] }) : undefined
}

/** The same answer as a server of an earlier version gives it: without what that one did not know. */
export function asOlder(reply: Reply, { isSilent, isPromising }: OldWays): Reply {
  if (reply.status !== 200 || !reply.bytes) return reply
  const lines = new TextDecoder().decode(reply.bytes).trimEnd().split('\n')
  const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  const end = parsed.pop() as { batch: string }
  const isLast = isOfTheLast(parsed)
  const isUnnamed = isLast || (isSilent && parsed.every((line) => !('acks' in line)))
  const kept = parsed
    .filter((line) => !NEWER.some((name) => name in line && !('page' in line)))
    .map(({ proof, re, batch, ...line }) => ({
      ...line,
      ...(isPromising && proof !== undefined ? { proof: olderPromise(proof) } : {}),
      ...(isUnnamed ? {} : { re }),
      ...(isLast && batch !== undefined ? { batch } : {}),
    }))
  return { ...reply, bytes: new Uint8Array(answerOf(kept, end.batch)) }
}
