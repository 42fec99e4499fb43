import { spawn, type ChildProcess } from 'node:child_process'
import { createServer } from 'node:net'
import { freePort } from '../steps/postgres.ts'
import { ROOT } from '../steps/run.ts'
import { PRODUCTION } from './world.ts'

/** The real server as a process of its own, which may be killed. */
export interface ServerProcess {
  url: string
  child: ChildProcess
  /** What it printed. */
  output(): string
  /** Resolves with its exit code, null when a signal ended it. */
  gone: Promise<number | null>
}

export interface ProcessOptions {
  folder: string
  port: number
  env?: Readonly<Record<string, string>>
  /** What starts it, when not Node itself. */
  under?: readonly string[]
}

/** A port for a server process. */
export const portForServer = (): Promise<number> => freePort()

const isFree = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const probe = createServer()
    probe.once('error', () => done(false))
    probe.listen(port, '0.0.0.0', () => probe.close(() => done(true)))
  })

/** A port whose next three are free too: the demo's people live on them. */
export async function portsForDemo(): Promise<number> {
  for (;;) {
    // Below the ports that the system gives to whoever calls out.
    const first = 20_000 + Math.floor(Math.random() * 12_000)
    if ((await Promise.all([0, 1, 2, 3].map((step) => isFree(first + step)))).every(Boolean)) return first
  }
}

/** Starts the server's program; it may still be opening its database. */
export function spawnServer({ folder, port, env = {}, under = [] }: ProcessOptions): ServerProcess {
  const [program = process.execPath, ...args] = [...under, process.execPath, 'src/server/main.ts']
  const child = spawn(program, args, {
    cwd: ROOT,
    env: {
      PATH: process.env['PATH'] ?? '',
      ...PRODUCTION,
      HOST: '127.0.0.1',
      PORT: String(port),
      MINGBAI_DATA: folder,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  const gone = new Promise<number | null>((done) => child.once('exit', (code) => done(code)))
  return { url: `http://127.0.0.1:${port}`, child, output: () => output, gone }
}

const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

/** Waits until a server says it is ready. Throws when it ended first or takes longer than `limitMs`. @returns milliseconds waited */
export async function untilReady(server: ServerProcess, limitMs = 60_000): Promise<number> {
  const began = performance.now()
  for (;;) {
    const answer = await fetch(`${server.url}/api/ready`).catch(() => null)
    if (answer?.status === 200) return performance.now() - began
    if (server.child.exitCode !== null || performance.now() - began > limitMs)
      throw new Error(`the server did not become ready: ${server.output().trim().slice(-300)}`)
    await wait(25)
  }
}
