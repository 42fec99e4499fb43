import { readFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { createAccounts } from './accounts/accounts.ts'
import { refuseDemoData } from './accounts/demo.ts'
import { buildApp, DEMO_PEOPLE, type AppDeps } from './app.ts'
import { composeRoutes } from './compose.ts'
import type { Config } from './config.ts'
import type { Database } from './database/database.ts'
import { openEmbedded, type EmbeddedDatabase } from './database/embedded.ts'
import { openPostgres } from './database/postgresql.ts'
import { CannotStart } from './database/refused.ts'
import { watchRoom, type Room } from './database/room.ts'
import { openDemo } from './demo/open-demo.ts'
import { refuseWhenFull } from './http/room.ts'
import { takeOrders } from './jobs/orders.ts'
import { startScheduler } from './jobs/scheduler.ts'
import { carryOut, serverJobs, type JobParts } from './jobs/server-jobs.ts'
import { secretOf } from './secret.ts'
import { makeCounters } from './services/counters.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const STOP_MS = 1500

export interface Running {
  /** Address on this machine, without a slash at its end. */
  url: string
  port: number
  database: Database
  app: FastifyInstance
  /** Stops: no new requests, what is under way is finished or cut after 1.5 s, then the database is closed. */
  close(): Promise<void>
}

type Tls = AppDeps['tls']

function tlsOf(config: Config): Tls {
  if (!config.tls) return undefined
  try {
    return { cert: readFileSync(config.tls.certFile), key: readFileSync(config.tls.keyFile) }
  } catch {
    throw new CannotStart(
      'no-certificate',
      'the files named by MINGBAI_TLS_CERT and MINGBAI_TLS_KEY cannot be read; check paths and rights.',
    )
  }
}

/** Opens the database that the configuration names, brought up to this build. */
export const openDatabase = (config: Config): Promise<Database> =>
  config.databaseUrl === null
    ? openEmbedded(config.dataFolder)
    : openPostgres({ url: config.databaseUrl, ownerUrl: config.databaseOwnerUrl })

function cannotListen(error: unknown, port: number): Error {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE')
    return new CannotStart(
      'port-in-use',
      `port ${port} is in use; stop what uses it, or choose another with PORT.`,
    )
  if (code === 'EACCES')
    return new CannotStart(
      'port-forbidden',
      `this user may not listen on port ${port}; choose one from 1024 up with PORT.`,
    )
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new CannotStart(
      'bad-host',
      'HOST is no address of this computer; leave it out to listen on all of them.',
    )
  return error as Error
}

/** The same server on one more port: a request knows by its socket which one it came in by. */
async function alsoListen(app: FastifyInstance, config: Config, port: number, tls: Tls): Promise<Server> {
  const handle: RequestListener = (request, response) => app.routing(request, response)
  const server = tls ? createTlsServer(tls, handle) : createServer(handle)
  await new Promise<void>((done, fail) => server.once('error', fail).listen(port, config.host, done)).catch(
    (error: unknown) => {
      throw cannotListen(error, port)
    },
  )
  return server
}

async function listen(app: FastifyInstance, config: Config, tls: Tls, opened: Server[]): Promise<number> {
  await app
    .listen({ port: config.port, host: config.host, listenTextResolver: () => 'listening' })
    .catch((error: unknown) => {
      throw cannotListen(error, config.port)
    })
  const { port } = app.server.address() as AddressInfo
  if (config.demo)
    for (let i = 1; i <= DEMO_PEOPLE; i++) opened.push(await alsoListen(app, config, port + i, tls))
  return port
}

/** Finds out at once that a port is taken, before a database is opened or a demo world loaded for nothing. */
async function probePorts(config: Config): Promise<void> {
  if (config.port === 0) return
  for (let port = config.port; port <= config.port + (config.demo ? DEMO_PEOPLE : 0); port++) {
    const probe = createServer()
    await new Promise<void>((done, fail) => probe.once('error', fail).listen(port, config.host, done)).catch(
      (error: unknown) => {
        throw cannotListen(error, port)
      },
    )
    await new Promise((done) => probe.close(done))
  }
}

/** Version of this build. */
export const versionOf = (): string =>
  (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version

/** What the server does besides answering: jobs by the clock, and on the embedded database what commands ask of its holder. */
function startJobs(parts: JobParts, room: Room | null): () => Promise<void> {
  const stopJobs = startScheduler(parts, serverJobs(parts))
  const { database, config } = parts
  const stopOrders =
    database.kind === 'embedded'
      ? takeOrders(config.dataFolder, (order) => carryOut(parts, order))
      : async () => {}
  return async () => {
    room?.stop()
    await Promise.all([stopJobs(), stopOrders()])
  }
}

/** An older state under the same name is told once, where whoever runs the server looks. */
function tellPutBack(database: Database, app: FastifyInstance): void {
  if ((database as Partial<EmbeddedDatabase>).putBack === true)
    app.log.warn(
      { event: 'new-history' },
      'the data folder is not the one that was left here; a new history has begun',
    )
}

async function stop(
  app: FastifyInstance,
  others: readonly Server[],
  database: Database,
  stopJobs: () => Promise<void> = async () => {},
): Promise<void> {
  const cut = setTimeout(() => {
    for (const one of [app.server, ...others]) one.closeAllConnections()
  }, STOP_MS)
  await Promise.all([app.close(), stopJobs(), ...others.map((one) => new Promise((done) => one.close(done)))])
  clearTimeout(cut)
  await database.close()
}

/**
 * Starts a server; throws `CannotStart` with one sentence when it cannot, having closed what it had opened.
 * @param more another clock, log or database, for tests and proofs
 */
export async function start(
  config: Config,
  more: {
    clock?: () => number
    logStream?: { write(line: string): void }
    open?: (config: Config) => Promise<Database>
  } = {},
): Promise<Running> {
  const tls = tlsOf(config)
  const clock = more.clock ?? Date.now
  await probePorts(config)
  const database = await (more.open ?? openDatabase)(config)
  const others: Server[] = []
  let port = config.port
  let stopping: Promise<void> | null = null
  const mainPort = () => port
  try {
    const { origin, sponsor, filingNo, demo, secretsBefore, fieldSecrets } = config
    const secret = secretOf(config)
    const accounts = createAccounts(
      database,
      { secret, secretsBefore, fieldSecrets, origin, sponsor, filingNo, demo, clock },
      mainPort,
    )
    await refuseDemoData(database, demo)
    const { fields } = accounts.context
    const world = demo ? await openDemo(database, clock, mainPort, fields) : null
    const composed = await composeRoutes({ config, database, clock, demo: world })
    const counters = makeCounters()
    const app = await buildApp({
      config,
      version: versionOf(),
      counters,
      database,
      clock,
      identity: accounts.identity,
      secret,
      dropbox: accounts.context.dropbox,
      routes: [...accounts.routes, ...composed],
      attach: (one) => accounts.attach(one),
      appFolder: join(ROOT, 'dist', 'app'),
      isStopping: () => stopping !== null,
      mainPort,
      tls,
      logStream: more.logStream,
    })
    const room = database.kind === 'embedded' ? watchRoom(config.dataFolder) : null
    if (room) refuseWhenFull(app, room)
    try {
      port = await listen(app, config, tls, others)
    } catch (error) {
      await stop(app, others, { ...database, close: async () => {} })
      throw error
    }
    tellPutBack(database, app)
    const stopJobs = startJobs(
      { config, version: versionOf(), database, clock, counters, log: app.log },
      room,
    )
    const close = () => (stopping ??= stop(app, others, database, stopJobs))
    return { url: `${tls ? 'https' : 'http'}://localhost:${port}`, port, database, app, close }
  } catch (error) {
    await database.close()
    throw error
  }
}
