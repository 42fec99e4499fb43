import { CspEvaluator } from 'csp_evaluator/dist/evaluator.js'
import { Severity, type Finding } from 'csp_evaluator/dist/finding.js'
import { CspParser } from 'csp_evaluator/dist/parser.js'

/** What is known and stays: scripts come from this very server, which serves no answer that a page could name its own callback in. */
const KNOWN = (one: Finding): boolean =>
  one.directive === 'script-src' && one.value === "'self'" && one.severity === Severity.MEDIUM_MAYBE

/** Findings about a content policy that are not known, as directive, severity and words; what is only information is left out. */
export function weaknessesOf(policy: string): { unknown: string[]; known: number } {
  const { csp } = new CspParser(policy)
  const found = new CspEvaluator(csp).evaluate().filter(({ severity }) => severity < Severity.INFO)
  return {
    unknown: found
      .filter((one) => !KNOWN(one))
      .map((one) => `${one.directive} ${one.value ?? ''} (${Severity[one.severity]}): ${one.description}`),
    known: found.filter(KNOWN).length,
  }
}
