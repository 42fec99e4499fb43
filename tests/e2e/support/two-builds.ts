import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const BUILT = fileURLToPath(new URL('../../../dist/app', import.meta.url))
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
}

/** The built app again, with every hashed file under another name and nothing left of the old ones, as after a release. */
function nextBuild(folder: string): void {
  const assets = readdirSync(join(folder, 'assets'))
  const renamed = new Map(assets.map((name) => [name, name.replace(/(\.\w+)$/, 'next$1')]))
  const names = new RegExp(assets.map((name) => name.replaceAll(/[.$]/g, '\\$&')).join('|'), 'g')
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(js|css|html)$/.test(file)) continue
    const text = readFileSync(join(folder, file), 'utf8')
    const next = text.replace(names, (name) => renamed.get(name) ?? name)
    // What is kept under a plain name is told apart by its revision.
    const revised =
      file === 'service-worker.js'
        ? next.replaceAll(/\b[0-9a-f]{32}\b/g, (hash) => [...hash].reverse().join(''))
        : next
    writeFileSync(join(folder, file), revised)
  }
  for (const [before, after] of renamed)
    renameSync(join(folder, 'assets', before), join(folder, 'assets', after))
}

export interface TwoBuilds {
  url: string
  /** Serves the next build from now on, and nothing of the first. */
  release(): void
  stop(): Promise<void>
}

/** The app's files served as a server does, first of one build and then of the next; everything else is not there. */
export async function serveTwoBuilds(): Promise<TwoBuilds> {
  const root = mkdtempSync(join(tmpdir(), 'mingbai-builds-'))
  const [first, second] = [join(root, 'first'), join(root, 'second')]
  for (const folder of [first, second]) cpSync(BUILT, folder, { recursive: true })
  nextBuild(second)
  let folder = first
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    if (path === '/api/health')
      return void response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}')
    const isPage = path.startsWith('/app') && extname(path) === ''
    const page = path === '/app/repair' ? 'repair.html' : 'index.html'
    const file = join(folder, isPage ? page : path)
    if (!extname(file) || !existsSync(file)) return void response.writeHead(404).end()
    response.writeHead(200, {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      'cache-control': path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
    })
    response.end(readFileSync(file))
  })
  await new Promise<void>((go) => server.listen(0, 'localhost', go))
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    release: () => void (folder = second),
    async stop() {
      server.closeAllConnections()
      await new Promise((go) => server.close(go))
      rmSync(root, { recursive: true, force: true })
    },
  }
}
