import { describe, expect, it } from 'vitest'
import { runAll, type Step } from '#tools/steps/step.ts'
import { countReport, tellFailures, type Report } from '#tools/steps/vitest-step.ts'

const test = (fullName: string, status = 'passed') => ({ fullName, status })
const report = (files: Report['testResults']): Report => {
  const all = files.flatMap((one) => one.assertionResults)
  const count = (status: string) => all.filter((one) => one.status === status).length
  return {
    numPassedTests: count('passed'),
    numFailedTests: count('failed'),
    numPendingTests: count('pending'),
    numTodoTests: 0,
    testResults: files,
  }
}

describe('counting a test run', () => {
  it('adds up what passed and failed', () => {
    const files = [{ name: 'a', status: 'failed', assertionResults: [test('one'), test('two', 'failed')] }]
    expect(countReport(report(files))).toEqual({ passed: 1, failed: 1, note: '' })
  })

  it('counts a file that could not be loaded as failed', () => {
    const files = [{ name: 'a', status: 'failed', assertionResults: [] }]
    expect(countReport(report(files))).toEqual({ passed: 0, failed: 1, note: '' })
  })

  it('counts a file whose tests passed but whose clearing up failed', () => {
    const files = [{ name: 'a', status: 'failed', assertionResults: [test('one')] }]
    expect(countReport(report(files))).toMatchObject({ passed: 1, failed: 1 })
  })

  it('says how many ran on each database, and names what was skipped', () => {
    const names = ['[embedded] push', '[postgresql] push', '[postgresql] pull']
    const files = [
      {
        name: 'a',
        status: 'passed',
        assertionResults: [...names.map((one) => test(one)), test('[postgresql] x', 'pending')],
      },
    ]
    expect(countReport(report(files)).note).toBe('1 on embedded, 2 on postgresql, 1 skipped')
  })
})

describe('telling what failed', () => {
  it('names each test with the beginning of its reason, and a file that could not be loaded', () => {
    const why = Array.from({ length: 100 }, (_, line) => `line ${line}`).join('\n')
    const files = [
      {
        name: 'a.test.ts',
        status: 'failed',
        assertionResults: [test('one'), { ...test('two', 'failed'), failureMessages: [why] }],
      },
      { name: 'b.test.ts', status: 'failed', message: 'no such room', assertionResults: [] },
    ]
    const told = tellFailures(report(files))
    expect(told).toContain('× a.test.ts: two\nline 0\nline 1\n')
    expect(told).not.toContain('line 99')
    expect(told).not.toContain('one')
    expect(told).toContain('× b.test.ts\nno such room')
  })

  it('tells nothing of a run in which no test failed', () => {
    expect(tellFailures(report([{ name: 'a', status: 'passed', assertionResults: [test('one')] }]))).toBe('')
  })
})

describe('running steps', () => {
  it('runs every step once and never more at a time than allowed', async () => {
    let [now, most] = [0, 0]
    const step = (name: string): Step => ({
      name,
      async run() {
        most = Math.max(most, ++now)
        await new Promise((resolve) => setTimeout(resolve, 5))
        now--
        return { name, ok: true, seconds: 0, output: '', passed: 0, failed: 0, note: '' }
      },
    })
    const outcomes = await runAll(['a', 'b', 'c', 'd', 'e'].map(step), 2, () => undefined)
    expect(outcomes.map((one) => one.name).sort()).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(most).toBe(2)
  })
})
