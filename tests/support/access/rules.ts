import type { Role } from '#domain/access/role.ts'

/** `anyone`: all are answered alike. `no session`: whoever comes by a session is not known; it opens to a phone's own word. `operator`: this very machine. `signed-in`: whoever has a session that holds. */
export type Who = 'anyone' | 'operator' | 'signed-in' | 'no session' | readonly Role[]

/** The words of `about`; each is one sentence of code in `reach.ts`. */
export type About =
  | 'themselves'
  | 'what they see'
  | 'files they see whole'
  | 'a number in a case they see whole'
  | 'what their phone keeps'
  | 'what they work on'
  | 'a region of their desk'
  | 'a region of their desk in one county'
  | 'a refused op the office may see'
  | 'a county of theirs'
  | 'a record of a county of theirs'
  | 'a post they may give'
  | 'a person they look after'
  | 'a phone they look after'
  | 'their own phone, and one they look after'
  | 'a device of their own'
  | 'what they are told'
  | 'a file in danger of their places'
  | 'a request they may agree to'
  | 'an invitation of theirs'
  | 'a card they could have made'
  | 'an upload of that phone'

const DESK = ['coordinator'] as const
const OFFICE = ['coordinator', 'administrator'] as const

/**
 * Who may do what, said a second time and by other means than in `src`: operations of the description (`*` stands for any ending), who
 * may ask, and what about. Whoever has no session is told so (401), whoever holds no such post is told so (403), and what is not theirs
 * answers like what is not there. Read this when access changes: it is the whole of it.
 */
export const RULES: readonly (readonly [operations: string, who: Who, about: About])[] = [
  ['GET /api/metrics', 'operator', 'themselves'],
  ['GET /api/me*', 'signed-in', 'themselves'],
  ['POST /api/me/devices/*', 'signed-in', 'a device of their own'],
  ['POST /api/me/opened/seen', 'signed-in', 'what they are told'],
  ['POST /api/proof', 'signed-in', 'themselves'],
  ['GET /api/emergencies', OFFICE, 'themselves'],
  ['POST /api/emergencies', DESK, 'a file in danger of their places'],
  ['POST /api/emergencies/*', OFFICE, 'a request they may agree to'],
  ['GET /api/sync/v1/head', 'signed-in', 'themselves'],
  ['GET /api/sync/v1/dropbox', 'signed-in', 'themselves'],
  ['POST /api/sync/v1/dropbox session', 'no session', 'themselves'],
  ['POST /api/sync/v1/dropbox', 'anyone', 'themselves'],
  ['POST /api/setups', ['clerk', 'coordinator', 'administrator', 'auditor'], 'themselves'],
  ['POST /api/sync/v1/exchange everything', 'signed-in', 'themselves'],
  ['POST /api/sync/v1/exchange fetch', 'signed-in', 'what their phone keeps'],
  ['POST /api/sync/v1/exchange change', 'signed-in', 'what they work on'],
  ['GET /api/attachments/*', 'signed-in', 'files they see whole'],
  ['POST /api/reveal', 'signed-in', 'a number in a case they see whole'],
  ['POST /api/files', 'signed-in', 'files they see whole'],
  ['* /api/files/{upload}', 'signed-in', 'an upload of that phone'],
  ['GET /api/desk/record', DESK, 'what they see'],
  ['GET /api/desk/refused', DESK, 'a region of their desk in one county'],
  ['GET /api/desk/lost', DESK, 'a region of their desk in one county'],
  ['POST /api/desk/refused', DESK, 'a refused op the office may see'],
  ['GET /api/desk/shares', DESK, 'a county of theirs'],
  ['POST /api/desk/shares*', DESK, 'a record of a county of theirs'],
  ['GET /api/desk/*', DESK, 'a region of their desk'],
  ['GET /api/people', OFFICE, 'themselves'],
  ['POST /api/people/leave', OFFICE, 'a person they look after'],
  ['GET /api/invitations', OFFICE, 'themselves'],
  ['GET /api/feedback', OFFICE, 'themselves'],
  ['POST /api/invitations post', OFFICE, 'a post they may give'],
  ['POST /api/invitations person', OFFICE, 'a person they look after'],
  ['POST /api/invitations/*', OFFICE, 'an invitation of theirs'],
  ['POST /api/cards', OFFICE, 'a post they may give'],
  ['POST /api/cards/void', OFFICE, 'a card they could have made'],
  ['POST /api/devices/revoke', 'signed-in', 'their own phone, and one they look after'],
  ['POST /api/devices/obeyed', 'anyone', 'themselves'],
  ['POST /api/devices/*', OFFICE, 'a phone they look after'],
  ['*', 'anyone', 'themselves'],
]

/** What `anyone` stands for, by name: nothing becomes public by being forgotten above. */
export const PUBLIC: readonly string[] = [
  'GET /',
  'GET /c',
  'GET /c/{name}',
  'GET /c/{name}/poster',
  'GET /e',
  'GET /help',
  'GET /s/{name}',
  'GET /trust',
  'GET /trust/en',
  'GET /assets/public-*',
  'GET /api/content/*',
  'GET /api/demo',
  'GET /api/health',
  'GET /api/openapi.json',
  'GET /api/ready',
  'POST /api/devices/obeyed',
  'POST /api/entry/*',
  'POST /api/feedback',
  'POST /api/login',
  'POST /api/logout',
  'POST /api/setup',
  'POST /api/setup/finish',
  // By a word that only one phone has; what it says to others is nothing.
  'POST /api/sync/v1/dropbox',
]

const matches = (pattern: string, operation: string): boolean =>
  new RegExp(`^${pattern.replace(/[.?+^$()[\]{}|\\]/g, '\\$&').replaceAll('*', '.*')}$`).test(operation)

/** The first rule that fits an operation. @param operation method and path, and the part of it after a blank */
export function ruleFor(operation: string): { who: Who; about: About } {
  const [, who, about] = RULES.find(([pattern]) => matches(pattern, operation)) as (typeof RULES)[number]
  return { who, about }
}

/** Whether an operation is meant to be public. */
export const isPublic = (operation: string): boolean => PUBLIC.some((one) => matches(one, operation))
