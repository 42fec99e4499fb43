import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT } from '../steps/run.ts'

const HEALTHY_MS = 90_000

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })

/** A port whose next ones are free too: the demo's people live on them. */
async function freePorts(): Promise<number> {
  for (let port = 19_080; port < 20_080; port += 10)
    if ((await Promise.all([0, 1, 2, 3].map((step) => isFree(port + step)))).every(Boolean)) return port
  throw new Error('no four free ports in a row from 19080 on')
}

export interface DemoServer {
  /** The address of the mediator of the demo, and its port. */
  mediator: string
  mainPort: number
  pid: number
  stop(): Promise<void>
}

/**
 * The real server as a process of its own, with the demo world in an empty place.
 * @param databaseUrl an empty PostgreSQL database; '': an embedded one in an empty folder
 */
export async function startDemo(databaseUrl = ''): Promise<DemoServer> {
  const folder = await mkdtemp(join(tmpdir(), 'mingbai-bench-data-'))
  const port = await freePorts()
  const server = spawn(process.execPath, ['src/server/main.ts'], {
    cwd: ROOT,
    env: {
      ...process.env,
      PORT: String(port),
      MINGBAI_DATA: folder,
      MINGBAI_DEMO: '1',
      DATABASE_URL: databaseUrl,
      MINGBAI_LOG: 'error',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const gone = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  const stop = async () => {
    server.kill('SIGTERM')
    await gone
    await rm(folder, { recursive: true, force: true })
  }
  const began = Date.now()
  for (;;) {
    const answer = await fetch(`http://localhost:${port}/api/health`).catch(() => null)
    if (answer?.ok)
      return { mediator: `http://localhost:${port + 1}`, mainPort: port, pid: server.pid ?? 0, stop }
    if (server.exitCode !== null || Date.now() - began > HEALTHY_MS) {
      await stop()
      throw new Error('the server did not become healthy')
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
