import { spawn } from 'node:child_process'
import { ROOT } from '../steps/run.ts'
import type { Proven } from './proof.ts'

/**
 * Runs a proof that lives in a test, because commands never reach into what runs on a phone or into what tests stand on. Its figures are
 * read from its line.
 * @param test path from the root
 * @param env what makes it run at full length
 * @param about figures to be told when it fails before it says any
 */
export async function inATest(
  test: string,
  env: Readonly<Record<string, string>>,
  about: Proven['figures'],
): Promise<Proven> {
  const args = ['run', '-c', 'tests/vitest.config.ts', '--project', 'integration', test]
  const child = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env, NO_COLOR: '1', FORCE_COLOR: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const code = await new Promise<number | null>((done) => child.once('close', done))
  const line = /^PROOF (\{.*\})$/m.exec(output)?.[1]
  const figures = line === undefined ? about : (JSON.parse(line) as Proven['figures'])
  if (code === 0 && line !== undefined) return { pass: true, figures }
  const why =
    /WRONG (.{0,400})/.exec(output)?.[1] ??
    /^(?:AssertionError|Error|\w*Error): .*$/m.exec(output)?.[0] ??
    output.trim().slice(-300)
  // What did not come to its end says nothing of what it was to show.
  if (why.startsWith('TestTimeoutError')) throw new Error(why)
  return { pass: false, figures: { ...figures, why } }
}
