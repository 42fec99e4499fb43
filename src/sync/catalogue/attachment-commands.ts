import * as v from 'valibot'
import { Sha256Schema, type AttachmentState } from '#domain/attachment/attachment.ts'
import { accept, refuse } from '#domain/result.ts'
import { entry, type Entry } from './entry.ts'

/**
 * What the server finds out about an attachment's bytes. Only the server makes these (`authorise` lets nobody else); each names the
 * content it speaks of, so that it can never be said of another.
 */
const found = (to: AttachmentState, from: readonly AttachmentState[]): Entry =>
  entry<{ sha256: string }>({
    version: 1,
    schema: v.object({ sha256: Sha256Schema }),
    kinds: ['attachment'],
    apply(state, args) {
      if (!state) return refuse('no-record')
      const { body } = state
      if (body['sha256'] !== args.sha256 || !from.includes(body['state'] as AttachmentState))
        return refuse('not-reachable')
      return accept({ state: { ...state, body: { ...body, state: to } }, lost: [] })
    },
  })

/** Ops that come from the server itself and from no phone. */
export const SERVER_OPS: readonly string[] = ['attachment.stored', 'attachment.failed', 'attachment.awaited']

export const ATTACHMENT_COMMANDS: Readonly<Record<string, Entry>> = {
  /** The bytes are all here and are the ones that were declared (I-41). */
  'attachment.stored': found('stored', ['awaited', 'failed']),
  /** The bytes came whole and are no file of a kind that is taken: sending them again would not help. */
  'attachment.failed': found('failed', ['awaited']),
  /** The bytes were here and are no longer (a restored copy without them): phones that still have them hand them in again. */
  'attachment.awaited': found('awaited', ['stored', 'failed']),
}
