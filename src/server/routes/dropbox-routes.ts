import type { Dropper } from '../accounts/dropper.ts'
import { doorOf, heldWord } from '../accounts/dropper.ts'
import {
  DROPBOX_BYTES,
  DROPBOX_DAY,
  DropboxRequestSchema,
  type DropboxAnswer,
} from '#sync/protocol/dropbox.ts'
import { DROPBOX_PATH } from '#sync/protocol/wire.ts'
import type { FinishDeps } from '../services/attachments/finish.ts'
import { openTus } from '../services/attachments/tus.ts'
import { makeDayLimit } from '../services/dropbox/day-limit.ts'
import type { DropboxKeys } from '../services/dropbox/dropbox-keys.ts'
import { takeOps } from '../services/dropbox/take-ops.ts'
import { takePiece } from '../services/dropbox/take-piece.ts'
import type { ExchangeDeps } from '../services/sync/exchange.ts'
import { Overloaded } from '../services/sync/overloaded.ts'
import { Refusal } from './refusal.ts'
import { route, type RouteDefinition } from './route.ts'

export interface DropboxDeps {
  sync: ExchangeDeps
  files: FinishDeps
  keys: DropboxKeys
}

const NO_DEVICE = new Refusal(403, 'other-device', '这部手机和登录的不是同一部，请重新登录这部手机。')
const ENOUGH = new Refusal(429, 'too-much', '这部手机今天传得太多了，明天接着传。', 3600)

/** The slot in the door: sealed work goes in by the word of its phone, and nothing comes out. */
export function dropboxRoutes(deps: DropboxDeps): RouteDefinition[] {
  const { sync, files, keys } = deps
  const tus = openTus(files)
  const limit = makeDayLimit(DROPBOX_DAY, sync.clock)
  return [
    route({
      method: 'GET',
      path: DROPBOX_PATH,
      summary: 'What a phone needs for handing in while it is locked: the key to seal for, and its word.',
      access: { actors: ['signed-in'], evenHeld: true },
      handler: ({ caller, request }) =>
        caller.device === null ? NO_DEVICE : doorOf(keys, caller.device, heldWord(request)),
    }),
    route({
      method: 'POST',
      path: DROPBOX_PATH,
      summary: 'Hands in sealed ops, and pieces of sealed files, without a session; says only what arrived.',
      access: { actors: ['drop-box'] },
      body: DropboxRequestSchema,
      bodyBytes: DROPBOX_BYTES,
      async handler({ body, request }) {
        const who = request.dropper as Dropper
        if (!limit.counts(who.device, JSON.stringify(body).length)) return ENOUGH
        try {
          const { received, epoch } = await takeOps(
            { sync, database: files.database, keys },
            who,
            body,
            request.id,
          )
          const at = body.piece ? { at: await takePiece({ files, tus, keys }, who, body.piece) } : {}
          return {
            received,
            ...at,
            good: who.good,
            epoch: epoch || (await sync.database.heads([])).epoch,
            now: sync.clock(),
            key: keys.current.name.toString('hex'),
            ...(who.directives.length > 0 ? { directives: [...who.directives] } : {}),
          } satisfies DropboxAnswer
        } catch (error) {
          if (!(error instanceof Overloaded)) throw error
          return new Refusal(
            429,
            'come-again',
            '现在交的人多，您的内容还在手机里，过一会儿会自己再交。',
            error.retryAfter,
          )
        }
      },
    }),
  ]
}
