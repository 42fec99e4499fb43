import { spawn } from 'node:child_process'
import { ROOT } from '../steps/run.ts'
import type { Proven } from './proof.ts'

const TEST = 'tests/integration/server/prove-restore.test.ts'

/**
 * Real phones, a real server and the operator's restore meet in a test, because commands never reach into what runs on a phone; here it is
 * run at full length, and its figures are read from its line.
 */
export async function restore(options: { pushes: number }): Promise<Proven> {
  const args = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '-c',
    'tests/vitest.config.ts',
    '--project',
    'integration',
    TEST,
  ]
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, PROVE_PUSHES: String(options.pushes), NO_COLOR: '1', FORCE_COLOR: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const code = await new Promise<number | null>((done) => child.once('close', done))
  const line = /^PROOF (\{.*\})$/m.exec(output)?.[1]
  if (code !== 0 || line === undefined) {
    const why = /^(?:AssertionError|Error|\w*Error): .*$/m.exec(output)?.[0] ?? output.trim().slice(-300)
    return { pass: false, figures: { pushes: options.pushes, why } }
  }
  return { pass: true, figures: JSON.parse(line) as Proven['figures'] }
}
