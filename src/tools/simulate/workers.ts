import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { ROOT } from '../steps/run.ts'

/** What one world came to, as its process tells it. */
export interface Outcome {
  seed: string
  phones: number
  ops: number
  faults: Record<string, number>
  acts: Record<string, number>
  cells: string[]
  events: number
  wrong: { invariant: string; kind: string; message: string } | null
}

/** A failing world made as small as it goes. */
export interface SmallStory {
  told: string[]
  trace: string[]
  wrong: { message: string } | null
}

/** The worlds themselves are tests and live with them; this command only starts them and counts. */
const WORKER = 'tests/simulation/worker.ts'
/** Two cores. */
const PROCESSES = 2

/** Worlds make much and keep little: a larger nursery spares moving it about. */
const FLAGS = [
  '--disable-warning=ExperimentalWarning',
  '--min-semi-space-size=128',
  '--max-semi-space-size=256',
]

/** What comes after a line was heard. */
export type Then = 'go on' | 'stop'

/** Runs a process of worlds and hands on each line. @returns why it ended before its time; null when it did not */
function lines(
  args: readonly string[],
  heard: (value: never) => Then,
  stop: AbortController = new AbortController(),
): Promise<string | null> {
  const child = spawn(process.execPath, [...FLAGS, WORKER, ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let errors = ''
  child.stderr.on(
    'data',
    (chunk: Buffer) => void (errors = `${errors}${chunk.toString('utf8')}`.slice(-4000)),
  )
  const out = createInterface({ input: child.stdout })
  const { signal } = stop
  signal.addEventListener('abort', () => child.kill())
  out.on('line', (line) => {
    if (!signal.aborted && heard(JSON.parse(line) as never) === 'stop') stop.abort()
  })
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message))
    child.on('close', (code) =>
      resolve(code === 0 || signal.aborted ? null : `${errors}\nended with ${code}`),
    )
  })
}

/** Runs seeds on all processes, each taking every other one. @returns what went wrong with processes themselves */
export async function runWorlds(
  asked: { first: number; seeds: number; lane: string },
  heard: (outcome: Outcome) => Then,
): Promise<string[]> {
  const width = Math.min(PROCESSES, asked.seeds)
  const stop = new AbortController()
  const ended = await Promise.all(
    Array.from({ length: width }, (_, at) => {
      const count = Math.ceil((asked.seeds - at) / width)
      return lines(['run', asked.lane, String(asked.first + at), String(width), String(count)], heard, stop)
    }),
  )
  return ended.filter((one): one is string => one !== null)
}

/** Asks for the smallest story of a failing seed. */
export async function askWorld(seed: string, lane: string): Promise<SmallStory> {
  let found: SmallStory = { told: [], trace: [], wrong: null }
  await lines(['shrink', lane, seed, '1', '1'], (story) => {
    found = story
    return 'go on'
  })
  return found
}
