import fastify, { type FastifyInstance } from 'fastify'
import type { Caller } from '#server/accounts/identity.ts'
import type { Database } from '#server/database/database.ts'
import { answerErrors } from '#server/http/errors.ts'
import { register } from '#server/http/register.ts'
import { valibotCompiler } from '#server/http/validation.ts'
import type { SyncDatabase } from '#server/repositories/sync/tables.ts'
import { attachmentRoutes } from '#server/routes/attachment-routes.ts'
import { openFiles } from '#server/services/attachments/files.ts'
import { makeHeads } from '#server/services/sync/heads.ts'
import { read, type FilesSaid } from './files-line.ts'
import type { Reply } from './network.ts'
import { waitFor, type Time } from './time.ts'

/** Who asks, by a number that travels beside the request instead of a session. */
class Callers {
  readonly #asking = new Map<string, Caller>()
  #count = 0

  async during<T>(caller: Caller, work: (name: string) => Promise<T>): Promise<T> {
    const name = String(this.#count++)
    this.#asking.set(name, caller)
    try {
      return await work(name)
    } finally {
      this.#asking.delete(name)
    }
  }

  of(name: unknown): Caller | null {
    return this.#asking.get(String(name)) ?? null
  }
}

function appOver(
  deps: { database: Database; tables: SyncDatabase; folder: string; time: Time },
  callers: Callers,
): FastifyInstance {
  const { database, tables, folder, time } = deps
  const clock = () => time.now
  const app = fastify({ logger: false })
  app.setValidatorCompiler(valibotCompiler)
  app.addContentTypeParser('application/offset+octet-stream', (_request, payload, done) =>
    done(null, payload),
  )
  answerErrors(app)
  const ledger = { tables, heads: makeHeads(tables, clock), clock }
  const identify = async (request: { headers: Record<string, unknown> }) =>
    callers.of(request.headers['x-caller'])
  register(app, attachmentRoutes({ database, clock, files: openFiles(folder), ledger }), {
    identity: { identify, recent: identify },
    clock,
    metricsToken: '',
  })
  return app
}

/**
 * The real routes for files of one server process, over the real database and a real folder. The world waits for them as for anything
 * that really takes time.
 */
export function filesOver(deps: { database: Database; tables: SyncDatabase; folder: string; time: Time }) {
  const callers = new Callers()
  let app: FastifyInstance | undefined
  return async (caller: Caller, body: Uint8Array): Promise<Reply> => {
    app ??= appOver(deps, callers)
    const { asked, bytes } = read(body)
    const { method, path: url, headers } = asked
    const answer = await callers.during(caller, (name) =>
      waitFor(
        (app as FastifyInstance).inject({
          method,
          url,
          headers: { ...headers, 'x-caller': name },
          ...(method === 'PATCH' ? { payload: Buffer.from(bytes) } : {}),
        }),
      ),
    )
    const said = answer.headers['upload-offset']
    const isTus = answer.headers['tus-resumable'] === '1.0.0'
    const found: FilesSaid = { at: isTus && typeof said === 'string' ? Number(said) : null }
    const wait = answer.headers['retry-after']
    return {
      status: answer.statusCode,
      retryAfter: wait === undefined ? null : Number(wait),
      contentType: 'application/json; charset=utf-8',
      bytes: new TextEncoder().encode(JSON.stringify(found)),
    }
  }
}
