import * as v from 'valibot'
import {
  DoorSchema,
  DropboxAnswerSchema,
  type Door,
  type DropboxAnswer,
  type DropboxRequest,
} from '#sync/protocol/dropbox.ts'
import { DROPBOX_PATH } from '#sync/protocol/wire.ts'
import { fetchAs, type Asking, type WhoAsks } from '../who-asks.ts'

/** The way to the drop-box. Neither rejects: what is no answer of ours is null, and everything stays as it is. */
export interface DropNet {
  /** Hands in by a phone's word. */
  hand(token: string, request: DropboxRequest): Promise<DropboxAnswer | null>
  /** What a signed-in phone seals for. @param held the word it has; '' : none */
  door(held: string): Promise<Door | null>
}

/** So long a drop is waited for, ms: a piece of a file over a bad line. */
const PATIENCE_MS = 90_000

async function asked(who: WhoAsks, request: Asking): Promise<unknown> {
  const controller = 'AbortController' in globalThis ? new AbortController() : null
  const timer = setTimeout(() => controller?.abort(), PATIENCE_MS)
  try {
    const signal = controller ? { signal: controller.signal } : {}
    const answer = await fetchAs(who, DROPBOX_PATH, {
      cache: 'no-store',
      redirect: 'manual',
      ...signal,
      ...request,
    })
    return answer.ok ? await answer.json() : null
  } catch {
    return null
  } finally {
    clearTimeout(timer)
  }
}

const shown = (token: string): Record<string, string> =>
  token === '' ? {} : { authorization: `Bearer ${token}` }

/** Handing in names no installation beside its word. */
const NOBODY: WhoAsks = { device: null }

/** Over fetch. Handing in carries no cookie: whoever is signed in on this browser may be somebody else. */
export function fetchDrop(who: WhoAsks = { device: null }): DropNet {
  return {
    async hand(token, request) {
      const answer = await asked(NOBODY, {
        method: 'POST',
        credentials: 'omit',
        headers: { 'content-type': 'application/json', 'x-mingbai': '1', ...shown(token) },
        body: JSON.stringify(request),
      })
      const parsed = v.safeParse(DropboxAnswerSchema, answer)
      return parsed.success ? parsed.output : null
    },
    async door(held) {
      const answer = await asked(who, { credentials: 'same-origin', headers: shown(held) })
      const parsed = v.safeParse(DoorSchema, answer)
      return parsed.success ? parsed.output : null
    },
  }
}
