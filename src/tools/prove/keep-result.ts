import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { dayOf } from '#domain/time/day.ts'
import { LATEST, ProvenSchema } from '#server/trust/trust.ts'
import { ROOT } from '../steps/run.ts'
import type { Proven } from './proof.ts'

const FILE = join(ROOT, 'seeds', LATEST)

const versionOf = (): string =>
  (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version

/** Writes what a proof came to, but not why it failed (which quotes what was sent), into the file that the page of promises is made of; the other proofs stay as they were. */
export function keepResult(name: string, { pass, figures }: Proven): void {
  const { proofs } = v.parse(ProvenSchema, JSON.parse(readFileSync(FILE, 'utf8')))
  const { why: _told, ...kept } = figures
  proofs[name] = { on: dayOf(Date.now()), version: versionOf(), pass, figures: kept }
  const sorted = Object.fromEntries(Object.entries(proofs).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  writeFileSync(FILE, `${JSON.stringify({ proofs: sorted }, null, 2)}\n`)
}
