import cookie from '@fastify/cookie'
import type { FastifyInstance } from 'fastify'
import type { Database } from '../database/database.ts'
import { deriveDropboxKeys } from '../services/dropbox/dropbox-keys.ts'
import { fieldKeysOf } from '../privacy/field-keys.ts'
import type { RouteDefinition } from '../routes/route.ts'
import type { AccountsContext } from './context.ts'
import { demoRoutes } from './demo-routes.ts'
import { emergencyRoutes } from './emergency-routes.ts'
import { entryRoutes } from './entry-routes.ts'
import { carrySuccessors, makeIdentity } from './identify.ts'
import type { Identity } from './identity.ts'
import { deriveKeys } from './keys.ts'
import { deriveOrderKey } from './order-key.ts'
import { ownRoutes } from './own-routes.ts'
import { makePasswordHasher } from './password-hash.ts'
import { peopleRoutes } from './people-routes.ts'

export interface AccountsOptions {
  /** MINGBAI_SECRET; in the demo what the server keeps beside its data. */
  secret: string
  /** Secrets it had before: what phones sealed under them still opens, and logins made under them hold. */
  secretsBefore?: readonly string[]
  /** MINGBAI_FIELD_SECRETS, the newest first; without any, numbers of people are sealed by `secret`. */
  fieldSecrets?: readonly string[]
  origin: string
  sponsor: string
  filingNo: string
  demo: boolean
  /** Epoch milliseconds. */
  clock(): number
}

export interface Accounts {
  identity: Identity
  routes: RouteDefinition[]
  context: AccountsContext
  /** Puts on the server what does not belong to a single route. */
  attach(app: FastifyInstance): void
}

/** What the accounts work with, without a server: for the command line and tests. */
export function accountsContext(database: Database, options: AccountsOptions): AccountsContext {
  const keys = deriveKeys(options.secret, options.secretsBefore)
  return {
    database,
    keys,
    hasher: makePasswordHasher(
      keys.pepper,
      keys.before.map((one) => one.pepper),
    ),
    fields: fieldKeysOf({ fieldSecrets: [], secretsBefore: [], ...options }, options.secret),
    dropbox: deriveDropboxKeys([options.secret, ...(options.secretsBefore ?? [])]),
    orders: deriveOrderKey(options.secret),
    now: () => options.clock(),
    origin: options.origin,
    sponsor: options.sponsor,
    filingNo: options.filingNo,
    demo: options.demo,
  }
}

/** The accounts of a server. @param mainPort the port the server really listens on; asked for late, because 0 takes any */
export function createAccounts(
  database: Database,
  options: AccountsOptions,
  mainPort: () => number,
): Accounts {
  const context = accountsContext(database, options)
  return {
    identity: makeIdentity(context),
    routes: [
      ...entryRoutes(context),
      ...ownRoutes(context),
      ...peopleRoutes(context),
      ...emergencyRoutes(context),
      ...demoRoutes(context, mainPort),
    ],
    context,
    attach(app) {
      // Its way of reading and writing cookies is there only once it is registered.
      void app.register(cookie)
      carrySuccessors(app, context)
    },
  }
}
