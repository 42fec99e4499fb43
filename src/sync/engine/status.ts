/**
 * What an HTTP status says of an exchange. answer: read the body; login: sign in first; smaller: the request is too large or
 * something in it is not liked; slow: it took too long; busy: server or proxy in trouble; weather: somebody else's answer, or one
 * that says nothing of our ops.
 */
export type StatusClass = 'answer' | 'login' | 'smaller' | 'slow' | 'busy' | 'weather'

const SMALLER: readonly number[] = [400, 413, 422]
const SLOW: readonly number[] = [408, 504]
const BUSY: readonly number[] = [425, 429]

/**
 * Sorts every status there is; none of them ever takes an op out of the outbox (L-7, L-8).
 * @param contentType of the answer; a 403 that is a page comes from a firewall in between, and signing in would not help; nor would sending
 * less, where a page says 400
 */
export function classify(status: number, contentType = ''): StatusClass {
  if (status === 200) return 'answer'
  if (status === 401) return 'login'
  const isOurs = contentType === '' || contentType.includes('json')
  if (status === 403) return isOurs ? 'login' : 'weather'
  // What somebody in between does not like says nothing of our ops; only a size may be theirs to judge.
  if (SMALLER.includes(status)) return status === 413 || isOurs ? 'smaller' : 'weather'
  if (SLOW.includes(status)) return 'slow'
  // A network that wants a login page of its own says 511 where it is honest.
  if (status === 511) return 'weather'
  return BUSY.includes(status) || (status >= 500 && status <= 599) ? 'busy' : 'weather'
}
