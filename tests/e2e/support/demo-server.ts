import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PROGRAM_ENV } from '#tests/support/program.ts'
import { personalIn, personalWords } from './personal.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const HEALTHY_MS = 400_000

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })

/** A port whose three neighbours are free too: the demo's people live on them. */
async function freePorts(): Promise<number> {
  // Not all runs on one machine begin at the same place: between looking and listening another may be faster.
  const first = 18_080 + (process.pid % 100) * 10
  for (let port = first; port < first + 1000; port += 10) {
    const free = await Promise.all([0, 1, 2, 3].map((step) => isFree(port + step)))
    if (free.every(Boolean)) return port
  }
  throw new Error('no four free ports in a row')
}

async function untilHealthy(url: string, server: ChildProcess): Promise<void> {
  const began = Date.now()
  for (;;) {
    if (server.exitCode !== null) throw new Error(`the server stopped with ${server.exitCode}`)
    const answer = await fetch(`${url}/api/health`).catch(() => null)
    if (answer?.ok) return
    if (Date.now() - began > HEALTHY_MS) throw new Error('the server did not become healthy')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** What servers of stories wrote down says nothing of anybody (TR-46); the search is shown to find what is there. */
function nobodyIn(written: Buffer): void {
  const words = personalWords()
  // What is said at the start names the demo's doors.
  const lines = written.toString('latin1').split('\n')
  const searched = lines.filter((one) => one.startsWith('{') || !/http:\/\/[\w.]+:\d+/.test(one))
  const found = personalIn(Buffer.from(searched.join('\n'), 'latin1'), words)
  if (found.length > 0) throw new Error(`logs or metrics say ${found.slice(0, 20).join('; ')}`)
}

export interface DemoServer {
  port: number
  /** Address of the entry page; person 1 to 3 live on the ports after it. */
  url: string
  person(number: 1 | 2 | 3): string
  folder: string
  stop(): Promise<void>
}

/** The real server as a process of its own, with the demo world in a folder of its own. */
export async function startDemo(): Promise<DemoServer> {
  const folder = await mkdtemp(join(tmpdir(), 'mingbai-e2e-'))
  const port = await freePorts()
  const url = `http://localhost:${port}`
  const logFile = join(folder, 'log')
  const log = await open(logFile, 'w')
  const server = spawn(process.execPath, ['src/server/main.ts'], {
    cwd: ROOT,
    env: {
      ...process.env,
      ...PROGRAM_ENV,
      PORT: String(port),
      MINGBAI_DATA: folder,
      MINGBAI_DEMO: '1',
      DATABASE_URL: '',
      MINGBAI_LOG: 'info',
    },
    stdio: ['ignore', log.fd, log.fd],
  })
  const stop = async () => {
    const metrics = await fetch(`${url}/api/metrics`)
      .then((answer) => answer.text())
      .catch(() => '')
    if (server.exitCode === null) {
      const gone = new Promise((resolve) => server.once('exit', resolve))
      server.kill('SIGTERM')
      await gone
    }
    await log.close()
    const written = await readFile(logFile)
    await rm(folder, { recursive: true, force: true })
    if (metrics === '') return
    nobodyIn(Buffer.concat([written, Buffer.from(`\n${metrics}`)]))
  }
  try {
    await untilHealthy(url, server)
  } catch (error) {
    const said = (await readFile(logFile, 'utf8')).slice(-2000)
    await stop()
    throw new Error(said, { cause: error })
  }
  return { port, url, person: (number) => `http://localhost:${port + number}`, folder, stop }
}
