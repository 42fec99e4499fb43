import compress from '@fastify/compress'
import fastify, { LogController, type FastifyInstance, type FastifyServerOptions } from 'fastify'
import type { Accounts } from './accounts/accounts.ts'
import type { Identity } from './accounts/identity.ts'
import type { Config } from './config.ts'
import type { Database } from './database/database.ts'
import { answerErrors } from './http/errors.ts'
import { hashBodies } from './http/device-proofs.ts'
import { acceptGzip } from './http/inflate.ts'
import { logging, logRequests } from './http/logging.ts'
import { register } from './http/register.ts'
import { secure, type SecurityOptions } from './http/security.ts'
import { serveApp } from './http/static-files.ts'
import { answerBadAddress, answerNoRequest } from './http/unreadable.ts'
import { valibotCompiler } from './http/validation.ts'
import { attachmentRoutes } from './routes/attachment-routes.ts'
import { dropboxRoutes } from './routes/dropbox-routes.ts'
import { healthRoutes } from './routes/health-routes.ts'
import { openapiRoute } from './routes/openapi.ts'
import { revealRoutes } from './routes/reveal-routes.ts'
import type { RouteDefinition } from './routes/route.ts'
import { shareRoutes } from './routes/share-routes.ts'
import { syncRoutes } from './routes/sync-routes.ts'
import { fieldKeysOf, publicFieldKey } from './privacy/field-keys.ts'
import { sealedDatabase } from './privacy/sealed-database.ts'
import { sqlSyncDatabase } from './repositories/sync/sync-database.ts'
import { openFiles } from './services/attachments/files.ts'
import { noteTurnedAway } from './services/audit/turned-away.ts'
import { makeCounters, type Counters } from './services/counters.ts'
import { deriveDropboxKeys, type DropboxKeys } from './services/dropbox/dropbox-keys.ts'
import { reopenAtStart } from './services/dropbox/reopen.ts'
import { openSync } from './services/sync/open-sync.ts'

/** Milliseconds of a watch that never jumps. */
const stopwatch = (): number => performance.now()

/** The demo's people live on the ports after the main one. */
export const DEMO_PEOPLE = 3

export interface AppDeps {
  config: Config
  version: string
  database: Database
  /** Epoch milliseconds. */
  clock(): number
  identity: Identity
  /** The server's own secret, from outside the database. */
  secret: string
  /** What phones seal for, and the words they hand in with; those of the secret when not said. */
  dropbox?: DropboxKeys | undefined
  /** Routes of other parts (accounts, desk, public pages, demo), and what does not belong to a single route. */
  routes: readonly RouteDefinition[]
  attach?: Accounts['attach']
  /** Folder of the built app. */
  appFolder: string
  isStopping(): boolean
  /** The port that is really listened on. */
  mainPort(): number
  /** Key and certificate, when the server does TLS itself. */
  tls?: { key: Buffer; cert: Buffer } | undefined
  /** Where log lines go; standard output when not said. */
  logStream?: { write(line: string): void } | undefined
  /** Numbers about the server's own work, when others count there too. */
  counters?: Counters | undefined
}

const peoplePorts = (main: number): number[] => Array.from({ length: DEMO_PEOPLE }, (_, i) => main + 1 + i)

const securityOf = ({ config, tls, mainPort }: AppDeps): SecurityOptions => ({
  origin: config.origin,
  https: tls !== undefined || config.origin.startsWith('https:'),
  demoPorts: () => (config.demo ? { main: mainPort(), people: peoplePorts(mainPort()) } : null),
})

function newFastify(deps: AppDeps, security: SecurityOptions): FastifyInstance {
  const options: FastifyServerOptions = {
    logger: logging(deps.config.logLevel, deps.logStream),
    logController: new LogController({ disableRequestLogging: true }),
    // A request's id is ours; one from outside could carry anything into the log.
    requestIdHeader: false,
    bodyLimit: 65_536,
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    frameworkErrors: answerBadAddress(security),
    clientErrorHandler: answerNoRequest,
  }
  return fastify({ ...options, ...(deps.tls ? { https: deps.tls } : {}) } as FastifyServerOptions)
}

/** Builds the server: every route with its access, every answer with its headers. It does not listen. */
export async function buildApp(deps: AppDeps): Promise<FastifyInstance> {
  const { config, database, clock, version } = deps
  const counters = deps.counters ?? makeCounters()
  const fields = fieldKeysOf(config, deps.secret)
  const tables = sealedDatabase(sqlSyncDatabase(database), fields)
  const keys = [publicFieldKey(fields)]
  const sync = openSync(tables, { clock, counters, secret: deps.secret, version, stopwatch, keys })
  const security = securityOf(deps)
  const app = newFastify(deps, security)
  app.setValidatorCompiler(valibotCompiler)
  // JSON only, unless a part adds a sort of its own.
  app.removeContentTypeParser('text/plain')
  // Bytes of an upload go through as they come; the part that takes them counts them.
  app.addContentTypeParser('application/offset+octet-stream', (_request, payload, done) =>
    done(null, payload),
  )
  secure(app, security)
  answerErrors(app)
  logRequests(app, counters)
  hashBodies(app)
  acceptGzip(app)
  await app.register(compress, {
    encodings: ['gzip', 'identity'],
    zlibOptions: { level: 6 },
    customTypes:
      /^text\/(?!event-stream)|(?:\+|\/|x-nd)json(?:;|$)|javascript|image\/svg\+xml|application\/wasm/,
    globalDecompression: false,
  })
  const syncs = (database as { syncs?: () => number }).syncs
  const files = {
    database,
    clock,
    files: openFiles(config.filesFolder),
    ledger: { tables, heads: sync.heads, clock },
  }
  const keysOfBoxes = deps.dropbox ?? deriveDropboxKeys([deps.secret])
  const { dropperOf } = deps.identity
  if (dropperOf) reopenAtStart(app, { sync, database, keys: keysOfBoxes }, dropperOf)
  const routes = [
    ...deps.routes,
    ...attachmentRoutes(files),
    ...syncRoutes(sync),
    ...dropboxRoutes({ sync, files, keys: keysOfBoxes }),
    ...shareRoutes({ database, tables, clock }),
    ...revealRoutes({ database, fields, clock }),
    ...healthRoutes({ database, version, counters, isStopping: () => deps.isStopping(), syncs }),
  ]
  register(app, [...routes, openapiRoute(routes, version)], {
    identity: deps.identity,
    clock,
    metricsToken: config.metricsToken,
    noteTurnedAway: noteTurnedAway(database, clock),
  })
  deps.attach?.(app)
  await serveApp(app, deps.appFolder)
  return app
}
