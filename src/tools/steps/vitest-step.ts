import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ROOT, run } from './run.ts'
import type { Outcome, Step } from './step.ts'

/** The part of Vitest's JSON report that is counted. */
export interface Report {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: {
    name: string
    status: string
    /** Why a file could not be loaded. */
    message?: string
    assertionResults: { fullName: string; status: string; failureMessages?: string[] | null }[]
  }[]
}

const DATABASES = ['embedded', 'postgresql'] as const

/**
 * What a report adds up to. A test file that could not even be loaded holds no tests, so it counts as one failed test itself;
 * a skipped test is named, because a skipped test proves nothing.
 */
export function countReport(report: Report): { passed: number; failed: number; note: string } {
  const broken = report.testResults.filter(
    (one) => one.status === 'failed' && one.assertionResults.every((test) => test.status !== 'failed'),
  )
  const ran = report.testResults
    .flatMap((one) => one.assertionResults)
    .filter((one) => one.status === 'passed' || one.status === 'failed')
  const notes = DATABASES.map((database) => ({
    database,
    count: ran.filter((one) => new RegExp(`[([]${database}[)\\]]`).test(one.fullName)).length,
  }))
    .filter((one) => one.count > 0)
    .map((one) => `${one.count} on ${one.database}`)
  const skipped = report.numPendingTests + report.numTodoTests
  if (skipped > 0) notes.push(`${skipped} skipped`)
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    note: notes.join(', '),
  }
}

/** So much of one failure is shown; a whole call stack or a whole page would hide the next. */
const FAILURE_LINES = 24

/** What failed, by name and with the beginning of its reason; empty when no test did. */
export const tellFailures = (report: Report): string =>
  report.testResults
    .flatMap((file) => {
      const tests = file.assertionResults.filter((test) => test.status === 'failed')
      return file.status === 'failed' && tests.length === 0
        ? [{ what: file.name, why: [file.message ?? ''] }]
        : tests.map((test) => ({ what: `${file.name}: ${test.fullName}`, why: test.failureMessages ?? [] }))
    })
    .map(({ what, why }) => `× ${what}\n${why.join('\n').split('\n').slice(0, FAILURE_LINES).join('\n')}`)
    .join('\n\n')

/** Runs one Vitest project and counts its tests from the JSON report, not from what it printed. */
export const vitestStep = (project: string, limitMs?: number): Step => ({
  name: project,
  async run(): Promise<Outcome> {
    const folder = join(ROOT, 'node_modules/.cache/mingbai/reports')
    await mkdir(folder, { recursive: true })
    const file = join(folder, `${project}.json`)
    await rm(file, { force: true })
    const ran = await run(
      'node_modules/vitest/vitest.mjs',
      [
        'run',
        '-c',
        'tests/vitest.config.ts',
        '--project',
        project,
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${file}`,
      ],
      limitMs,
    )
    const report = await readFile(file, 'utf8').then(
      (text) => JSON.parse(text) as Report,
      () => null,
    )
    if (!report) return { name: project, ...ran, ok: false, passed: 0, failed: 1, note: 'no report' }
    const counted = countReport(report)
    // Vitest also fails on errors outside any test; such a run is never "0 failed".
    const failed = ran.ok ? counted.failed : Math.max(1, counted.failed)
    const { passed, note } = counted
    // Of a run that failed outside any test, all that was printed is the only trace.
    const output = tellFailures(report) || ran.output
    return { name: project, ok: failed === 0, seconds: ran.seconds, output, passed, failed, note }
  },
})
