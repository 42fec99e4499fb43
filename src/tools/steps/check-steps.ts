import { plainStep, type Step } from './step.ts'
import { vitestStep } from './vitest-step.ts'

/** Everything that can be said about the code without a database or a browser. The slowest first, because two run at a time. */
export const checkSteps = (): Step[] => [
  plainStep('types', 'node_modules/vue-tsc/bin/vue-tsc.js', ['-b']),
  vitestStep('unit'),
  vitestStep('architecture'),
  plainStep('unused code', 'node_modules/knip/bin/knip.js', ['--no-progress']),
  plainStep('import table', 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs', [
    '-c',
    'tests/architecture/dependency-rules.cjs',
    'src',
    'tests',
  ]),
  plainStep('templates', 'node_modules/eslint/bin/eslint.js', [
    '-c',
    'tests/architecture/template-rules.js',
    '--no-error-on-unmatched-pattern',
    '--max-warnings=0',
    'src/**/*.vue',
  ]),
  plainStep('lint', 'node_modules/oxlint/bin/oxlint', ['--deny-warnings', 'src', 'tests']),
  plainStep('format', 'node_modules/oxfmt/bin/oxfmt', ['--check', 'src', 'tests']),
]
