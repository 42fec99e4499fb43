import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The folder of the repository, with a slash at its end. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

export interface Ran {
  /** Whether the command ended with 0 and in time. */
  ok: boolean
  output: string
  seconds: number
}

const MINUTE_MS = 60_000

/**
 * Runs one of our own commands under this very Node and keeps what it printed.
 * @param script path of a JavaScript or TypeScript file, from the root
 * @param limitMs after which the command is ended and counts as failed
 */
export function run(script: string, args: readonly string[], limitMs = 10 * MINUTE_MS): Promise<Ran> {
  const began = performance.now()
  const child = spawn(process.execPath, [script, ...args], {
    cwd: ROOT,
    env: { ...process.env, FORCE_COLOR: '0', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
  const timer = setTimeout(() => {
    chunks.push(Buffer.from(`\nended after ${Math.round(limitMs / 1000)} s without a result\n`))
    child.kill('SIGKILL')
  }, limitMs)
  return new Promise((resolve) => {
    const end = (ok: boolean) => {
      clearTimeout(timer)
      resolve({
        ok,
        output: Buffer.concat(chunks).toString('utf8'),
        seconds: (performance.now() - began) / 1000,
      })
    }
    child.on('error', (error) => {
      chunks.push(Buffer.from(error.message))
      end(false)
    })
    child.on('close', (code) => end(code === 0))
  })
}
