import { parseArgs } from 'node:util'
import * as v from 'valibot'
import type { Stage } from '#domain/content/review.ts'
import { DaySchema, type Day } from '#domain/time/day.ts'

export type ContentOptions = {
  command: 'check' | 'build'
  seeds: string
  out: string
  stage: Stage
  /** The day the law is judged on; null for today. */
  day: Day | null
}

const USAGE =
  '用法：npm run content -- check|build [--production] [--seeds 文件夹] [--out 文件夹] [--day 2026-11-21]。'

/** Reads the command line; refuses anything it does not know with one sentence that says how to call it. */
export function readOptions(
  args: readonly string[],
): { ok: true; value: ContentOptions } | { ok: false; sentence: string } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        production: { type: 'boolean', default: false },
        seeds: { type: 'string', default: 'seeds' },
        out: { type: 'string', default: 'dist/content' },
        day: { type: 'string' },
      },
    })
    const [command, ...more] = positionals
    if ((command !== 'check' && command !== 'build') || more.length > 0) return { ok: false, sentence: USAGE }
    const day = values.day ?? null
    if (day !== null && !v.is(DaySchema, day)) return { ok: false, sentence: `日期 ${day} 不对。${USAGE}` }
    const stage = values.production ? 'production' : 'demo'
    return { ok: true, value: { command, seeds: values.seeds, out: values.out, stage, day } }
  } catch {
    return { ok: false, sentence: USAGE }
  }
}
