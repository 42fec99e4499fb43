import type { RefusedDecision, RefusedList, RefusedName, RefusedSeen } from '#domain/desk/refused.ts'
import type { Id } from '#domain/id.ts'
import { dayOf } from '#domain/time/day.ts'
import { namesOf } from '../../accounts/people.ts'
import { readAs, readSettings } from '../../database/read-settings.ts'
import { decideRefused, oneRefused, refusedOf, type RefusedRow } from '../../repositories/desk/refused.ts'
import { maskedArgs } from '../../privacy/sealed-body.ts'
import { record } from '../../repositories/audit.ts'
import type { DeskDeps, Reader } from './desk.ts'
import { sitsOver } from './reading.ts'

const ROWS = 200

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** What was typed, as far as it can be read; an op that a database could not hold was kept as text. */
function typed(op: Record<string, unknown> | null): RefusedSeen['op'] {
  if (op === null) return null
  const whole = typeof op['json'] === 'string' ? (JSON.parse(op['json']) as Record<string, unknown>) : op
  const [kind, id] = Array.isArray(whole['e']) ? (whole['e'] as unknown[]) : []
  const a = whole['a']
  return {
    kind: text(kind),
    id: typeof id === 'string' ? id : null,
    k: text(whole['k']),
    a:
      typeof a === 'object' && a !== null && !Array.isArray(a)
        ? maskedArgs(text(kind), text(whole['k']), a as Record<string, unknown>)
        : {},
  }
}

function seenBy(names: ReadonlyMap<Id, string>) {
  return ({ person, op, ...row }: RefusedRow): RefusedSeen => ({
    ...row,
    author: person === null ? '' : (names.get(person) ?? ''),
    op: typed(op),
  })
}

/**
 * Ops of a region that were not accepted and that the office may look at: those it was asked about, and all of lanes it reads anyway.
 * One line in the log when any is shown. @returns null for a region that is not there or not the reader's
 */
export async function refusedIn(deps: DeskDeps, who: Reader, region: string): Promise<RefusedList | null> {
  const now = deps.clock()
  const today = dayOf(now)
  if (!sitsOver(who.rights, region, today) || region.length < 6) return null
  const rows = await readAs(deps.database, readSettings(who.rights, today), async (tx) => {
    const found = await refusedOf(tx, region, ROWS)
    if (found.length > 0)
      await record(tx, now, {
        actor: who.person,
        device: who.device,
        role: 'coordinator',
        action: 'desk.refused',
        object: { kind: 'list', id: 'refused' },
        region,
        requestId: who.requestId,
      })
    return found
  })
  const people = [...new Set(rows.flatMap((one) => (one.person === null ? [] : [one.person])))]
  const names = await deps.database.as('accounts', {}, (tx) => namesOf(tx, people))
  return { asOf: { at: now }, rows: rows.map(seenBy(names)) }
}

/**
 * Decides about a refused op that the reader's office may see: back to its author with a word, or taken note of. The word reaches the
 * author's phone with its next exchange. @returns null when there is none, or none of the reader's; false when it was decided already
 */
export async function decideAbout(
  deps: DeskDeps,
  who: Reader,
  name: RefusedName,
  verdict: { decision: RefusedDecision; answer: string },
): Promise<boolean | null> {
  const now = deps.clock()
  const today = dayOf(now)
  const settings = readSettings(who.rights, today)
  const seen = await readAs(deps.database, settings, (tx) => oneRefused(tx, name))
  if (!seen || !sitsOver(who.rights, seen.region, today)) return null
  return deps.database.as('sync', { county: name.county }, async (tx) => {
    const isDone = await decideRefused(tx, name, { ...verdict, by: who.person, at: new Date(now) })
    if (isDone)
      await record(tx, now, {
        actor: who.person,
        device: who.device,
        role: 'coordinator',
        action: `refused.${verdict.decision}`,
        object: { kind: 'op', id: `${name.device}/${name.n}` },
        region: seen.region,
        requestId: who.requestId,
      })
    return isDone
  })
}
