import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Proven } from './proof.ts'
import { portForServer, spawnServer, untilReady, type ServerProcess } from './server-process.ts'

const WITHIN_MS = 1000
const SENTENCE = /^明白: the data folder is in use by another 明白 server \(process \d+\); .*\.$/

async function another(folder: string): Promise<{ ms: number; refused: boolean }> {
  const port = await portForServer()
  const began = performance.now()
  const second = spawnServer({ folder, port })
  const code = await second.gone
  return { ms: performance.now() - began, refused: code === 1 && SENTENCE.test(second.output().trim()) }
}

/** A second server on the folder of a first is refused in one sentence, soon, and the first does not notice. */
export async function secondProcess(options: { times: number }): Promise<Proven> {
  const folder = mkdtempSync(join(tmpdir(), 'mb-prove-'))
  let first: ServerProcess | null = null
  try {
    first = spawnServer({ folder, port: await portForServer() })
    await untilReady(first)
    const tries: { ms: number; refused: boolean }[] = []
    for (let i = 0; i < options.times; i++) tries.push(await another(folder))
    const health = await fetch(`${first.url}/api/health`)
    // The quickest: what else this computer was doing is not what is measured.
    const quickest = Math.min(...tries.map((one) => one.ms))
    return {
      pass: tries.every((one) => one.refused) && health.status === 200 && quickest < WITHIN_MS,
      figures: {
        tries: tries.length,
        refused: tries.filter((one) => one.refused).length,
        quickestMs: Math.round(quickest),
        slowestMs: Math.round(Math.max(...tries.map((one) => one.ms))),
        firstServes: health.status === 200,
      },
    }
  } finally {
    first?.child.kill('SIGTERM')
    await first?.gone
    rmSync(folder, { recursive: true, force: true })
  }
}
