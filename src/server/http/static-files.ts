import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { Refusal } from '../routes/refusal.ts'
import { refuseBy } from './errors.ts'

const YEAR = 'public, max-age=31536000, immutable'
const NOT_BUILT = new Refusal(503, 'not-built', '应用还没有构建，请在服务器上运行 npm run build。')

/** Hashed files never change under their name; everything else is asked after each time, so that an update arrives. */
const cacheFor = (path: string): string => (/[\\/]assets[\\/]/.test(path) ? YEAR : 'no-cache')

/**
 * Serves the built app: its files at the root, and its one page for every address under /app/ that is no file. @param folder the
 * build's output; may be missing, and then /app/ says so
 */
export async function serveApp(app: FastifyInstance, folder: string): Promise<void> {
  const built = existsSync(join(folder, 'index.html'))
  if (built)
    await app.register(fastifyStatic, {
      root: folder,
      prefix: '/',
      index: false,
      wildcard: false,
      cacheControl: false,
      setHeaders: (reply, path) => void reply.header('cache-control', cacheFor(path)),
    })
  app.get('/app', (_request, reply) => reply.redirect('/app/', 308))
  // The page that mends the app must not need the app (L-46).
  app.get('/app/repair', (_request, reply) =>
    built ? reply.header('cache-control', 'no-cache').sendFile('repair.html') : refuseBy(reply, NOT_BUILT),
  )
  app.get('/app/*', (request, reply) => {
    if (!built) return refuseBy(reply, NOT_BUILT)
    // A missing file is missing: answering a page instead of a script would be cached as one.
    if (/\.[a-z0-9]{2,12}$/i.test(request.url.split('?')[0] ?? '')) return reply.callNotFound()
    return reply.header('cache-control', 'no-cache').sendFile('index.html')
  })
}
