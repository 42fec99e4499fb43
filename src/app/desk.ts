import { fetchAs, type Asking, type WhoAsks } from '#phone/who-asks.ts'
import { accept, refuse, type Result } from '#domain/result.ts'

/** Why a question to the server has no answer: no network, sign-in needed, or the server's own reason code. */
export type DeskReason = 'no-network' | 'needs-login' | string

/** Questions and orders to the server, for what is read online. Paths begin with /api/. */
export interface Desk {
  get<T>(path: string): Promise<Result<T, DeskReason>>
  /** @param as somebody else than whoever has this page open */
  post<T>(path: string, body: unknown, as?: WhoAsks): Promise<Result<T, DeskReason>>
}

async function reasonOf(answer: Response): Promise<DeskReason> {
  if (answer.status === 401) return 'needs-login'
  try {
    const body = (await answer.json()) as { reason?: unknown }
    if (typeof body.reason === 'string') return body.reason
  } catch {
    // An answer that is not ours, such as a hotel's sign-in page.
  }
  return answer.status >= 500 ? 'server-broken' : 'not-allowed'
}

async function ask<T>(who: WhoAsks, path: string, asking: Asking): Promise<Result<T, DeskReason>> {
  let answer: Response
  try {
    answer = await fetchAs(who, path, { credentials: 'same-origin', cache: 'no-store', ...asking })
  } catch {
    return refuse('no-network')
  }
  if (!answer.ok) return refuse(await reasonOf(answer))
  if (answer.status === 204) return accept(undefined as T)
  try {
    return accept((await answer.json()) as T)
  } catch {
    return refuse('no-network')
  }
}

/** @param who whose session is meant, of those that this browser has */
export const createDesk = (who: WhoAsks): Desk => ({
  get: (path) => ask(who, path, { headers: { accept: 'application/json', 'x-mingbai': '1' } }),
  post: (path, body, as = who) =>
    ask(as, path, {
      method: 'POST',
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        'x-mingbai': '1',
      },
      body: JSON.stringify(body),
    }),
})
