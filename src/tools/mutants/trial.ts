import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Report } from '../steps/vitest-step.ts'

const MINUTE_MS = 60_000
/** Worlds in which a bug must show. */
export const WORLDS = 500

/** Runs a script under this Node in a folder. */
function run(
  folder: string,
  args: readonly string[],
  limitMs: number,
): Promise<{ output: string; code: number | null }> {
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const hear = (chunk: Buffer) => void (output = `${output}${chunk.toString('utf8')}`.slice(-200_000))
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs)
  return new Promise((resolve) => {
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ output, code })
    })
  })
}

/**
 * Runs the tests of a file whose names hold one of these promises.
 * @param invariants `I-7`, or several with `|` between them
 */
export async function failedTests(
  folder: string,
  file: string,
  invariants: string,
): Promise<{ failed: number; ran: number; output: string }> {
  const reports = mkdtempSync(join(tmpdir(), 'mingbai-report-'))
  const report = join(reports, 'report.json')
  const name = `\\[(${invariants})\\]`
  const args = ['node_modules/vitest/vitest.mjs', 'run', '-c', 'tests/vitest.config.ts', file, '-t', name]
  const { output } = await run(
    folder,
    [...args, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    15 * MINUTE_MS,
  )
  try {
    const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report
    const tests = testResults.flatMap((one) => one.assertionResults)
    const failed = tests.filter((one) => one.status === 'failed').length
    const passed = tests.filter((one) => one.status === 'passed').length
    return { failed, ran: failed + passed, output }
  } catch {
    return { failed: 0, ran: 0, output }
  } finally {
    rmSync(reports, { recursive: true, force: true })
  }
}

/** Lives through worlds of a lane with the bug in them. @param worlds at most so many */
export async function simulated(
  folder: string,
  lane: string,
  worlds: number,
): Promise<{ killed: boolean; said: string }> {
  const { output } = await run(
    folder,
    ['src/tools/simulate.ts', '--seeds', String(worlds), '--lane', lane, '--first-only'],
    40 * MINUTE_MS,
  )
  const found = /^seed (\d+): ([A-Z]+-\d+)/m.exec(output)
  const where = lane === 'memory' ? '' : ` of lane ${lane}`
  if (found) return { killed: true, said: `seed ${found[1]}${where} breaks ${found[2]}` }
  // A run that broke off, for whatever reason, has noticed nothing that anybody could look at.
  const isWhole = output.includes('"violations":0')
  return {
    killed: false,
    said: isWhole
      ? `${worlds} worlds${where} noticed nothing`
      : `worlds${where} broke off: ${output.slice(-400)}`,
  }
}
