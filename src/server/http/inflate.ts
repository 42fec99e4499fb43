import { Transform, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { FastifyInstance } from 'fastify'

const fault = (statusCode: number, code: string) => Object.assign(new Error(code), { statusCode, code })

/** Lets at most `limit` bytes through, so that a small body cannot unpack into a large one. */
const bounded = (limit: number): Transform => {
  let seen = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length
      if (seen > limit) done(fault(413, 'FST_ERR_CTP_BODY_TOO_LARGE'))
      else done(null, chunk)
    },
  })
}

function inflated(payload: Readable, limit: number): Readable {
  const gunzip = createGunzip()
  const out = bounded(limit)
  gunzip.on('error', () => out.destroy(fault(400, 'FST_ERR_CTP_INVALID_CONTENT')))
  payload.on('error', (error) => gunzip.destroy(error))
  // Once too much came out, what is left of the request is read away and thrown away, packed.
  out.on('error', () => {
    payload.unpipe(gunzip)
    payload.resume()
    gunzip.destroy()
  })
  payload.pipe(gunzip).pipe(out)
  return out
}

/** Accepts gzipped request bodies, bounded by the route's own limit of what they unpack to. */
export function acceptGzip(app: FastifyInstance): void {
  app.addHook('preParsing', async (request, _reply, payload) => {
    const encoding = request.headers['content-encoding']
    if (encoding === undefined || encoding === 'identity') return payload
    if (encoding !== 'gzip') throw fault(415, 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    delete request.headers['content-length']
    return inflated(payload as unknown as Readable, request.routeOptions.bodyLimit ?? 65_536)
  })
}
