import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { parse } from 'yaml'
import { DaySchema } from '#domain/time/day.ts'

/** Words of the page; a digit would be a figure that nobody measured. */
const Words = v.pipe(v.string(), v.maxLength(400), v.regex(/^\P{Nd}*$/u, 'holds a digit'))
const both = <T extends v.ObjectEntries>(entries: T) =>
  v.strictObject({ zh: v.strictObject(entries), en: v.strictObject(entries) })
const Short = v.strictObject({ zh: Words, en: Words })

const FigureSchema = v.strictObject({ key: v.string(), zh: Words, en: Words, unit: Short })
const PromiseSchema = v.strictObject({
  id: v.string(),
  ...both({ title: Words, how: Words }).entries,
  /** The proof of `npm run prove` that shows it. */
  proof: v.string(),
  figures: v.array(FigureSchema),
})
const RiskSchema = both({ title: Words, text: Words })
const PromisesSchema = v.strictObject({ promises: v.array(PromiseSchema), risks: v.array(RiskSchema) })

/** What the proofs came to when they last ran. */
export const ProvenSchema = v.strictObject({
  /** By name of the proof; what is not here has not run. */
  proofs: v.record(
    v.string(),
    v.strictObject({
      on: DaySchema,
      version: v.string(),
      pass: v.boolean(),
      figures: v.record(v.string(), v.union([v.number(), v.string(), v.boolean()])),
    }),
  ),
})
export type Proven = v.InferOutput<typeof ProvenSchema>
export type TrustPromise = v.InferOutput<typeof PromiseSchema>

export interface Trust {
  promises: readonly TrustPromise[]
  risks: readonly v.InferOutput<typeof RiskSchema>[]
  proven: Proven
}

/** File that the proofs write, below `seeds`. */
export const LATEST = join('trust', 'latest.json')

const sentenceOf = (file: string, issue: v.BaseIssue<unknown>): string =>
  `seeds/trust/${file} is wrong at ${v.getDotPath(issue) ?? 'its root'}: ${issue.message}`

/**
 * Reads what is promised and how it was shown last. Throws one sentence when a text holds a digit (every figure comes from a proof), or a
 * proof that ran does not have a figure that is to be shown. @param seeds the folder `seeds`
 */
export function readTrust(seeds: string): Trust {
  const said = v.safeParse(PromisesSchema, parse(readFileSync(join(seeds, 'trust', 'promises.yaml'), 'utf8')))
  if (!said.success) throw new Error(sentenceOf('promises.yaml', said.issues[0]))
  const shown = v.safeParse(ProvenSchema, JSON.parse(readFileSync(join(seeds, LATEST), 'utf8')))
  if (!shown.success) throw new Error(sentenceOf('latest.json', shown.issues[0]))
  for (const { id, proof, figures } of said.output.promises) {
    const ran = shown.output.proofs[proof]
    const lacking = ran?.pass ? figures.find(({ key }) => !(key in ran.figures)) : undefined
    if (lacking)
      throw new Error(`seeds/trust/promises.yaml: ${id} shows ${lacking.key}, which ${proof} does not tell`)
  }
  return { ...said.output, proven: shown.output }
}
