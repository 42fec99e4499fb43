import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import pg from 'pg'

/** The least a server can do with the same records: one statement in, one statement out. */
export interface RawServer {
  url: string
  /** Number of records and their text as a pull sends it. */
  pull: { rows: number; gzipBytes: number }
  stop(): Promise<void>
}

const CREATE = `CREATE TABLE raw (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, village text, body jsonb);
  CREATE INDEX raw_by_village ON raw (village, id)`

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}

const PAGE = '<!doctype html><meta charset="utf-8"><title>floor</title><script src="/bench/page.js"></script>'

/**
 * Serves the floor's page on an origin of its own: POST /push puts a JSON array into PostgreSQL in one statement and commits; GET
 * /pull sends `lines`, compressed once; GET /lines?n= sends the first n of them.
 * @param script the bench page's code
 */
export async function serveRaw(url: string, script: string, lines: readonly string[]): Promise<RawServer> {
  const pool = new pg.Pool({ connectionString: url, max: 20 })
  await pool.query('DROP TABLE IF EXISTS raw')
  await pool.query(CREATE)
  const whole = gzipSync(lines.map((line) => `${line}\n`).join(''), { level: 6 })
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    if (pathname === '/bench/page.js')
      return void response.setHeader('content-type', 'text/javascript').end(script)
    if (pathname === '/push') {
      await pool.query(
        `INSERT INTO raw (village, body) SELECT one->>'place', one FROM jsonb_array_elements($1::jsonb) AS one`,
        [await bodyOf(request)],
      )
      return void response.end('{}')
    }
    if (pathname === '/pull' || pathname === '/lines') {
      const count = Number(searchParams.get('n') ?? lines.length)
      const packed =
        count >= lines.length
          ? whole
          : gzipSync(
              lines
                .slice(0, count)
                .map((line) => `${line}\n`)
                .join(''),
            )
      response.setHeader('content-type', 'application/x-ndjson').setHeader('content-encoding', 'gzip')
      return void response.end(packed)
    }
    response.setHeader('content-type', 'text/html').end(PAGE)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://localhost:${port}`,
    pull: { rows: lines.length, gzipBytes: whole.length },
    async stop() {
      server.closeAllConnections()
      server.close()
      await pool.end()
    },
  }
}
