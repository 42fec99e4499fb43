import type { Id } from '#domain/id.ts'
import { accept, refuse, type Result } from '#domain/result.ts'
import { dayOf } from '#domain/time/day.ts'
import { paperNumber } from '#domain/dispute/paper-number.ts'
import { shortNameOf } from '#domain/region/region.ts'
import type { Me } from '#sync/protocol/wire.ts'
import type { Op } from '#sync/protocol/op.ts'
import { CATALOGUE } from '#sync/catalogue/catalogue.ts'
import { localContext } from '#sync/fold/effective.ts'
import { fold } from '#sync/fold/fold.ts'
import type { RecordState } from '#sync/fold/state.ts'
import type { Body } from '#domain/record/kind.ts'
import type { Edit } from '../api.ts'
import { keyOf, paperCounter, type Bytes } from '../database/rows.ts'
import type { Stored } from '../record/stored.ts'
import { standingOf, stateFrom } from './standing.ts'

/** An edit as it is planned: `s` names the refused op in whose place it stands, by the device and number that was made as. */
export interface Planned extends Edit {
  s?: [device: number, n: number]
}

/** A record as it was read before the edit. */
export interface Before {
  rv: number
  pending: number
  stored: Stored | null
  /** As it lies in the database: no two boxes are alike, so it tells whether the record was written since. */
  box?: Bytes
}

/** What edits stand on. */
export interface Read {
  records: Map<string, Before>
  /** The number the next op gets. */
  next: number
  /** Last paper number given, by counter name. */
  papers: Map<string, number>
  /** Waiting ops that make a record, by its key. */
  creates: Map<string, number>
}

/** What the phone knows when an edit is planned. */
export interface PlanFacts extends Omit<Read, 'records'> {
  me: Me
  device: number
  /** How far the server's clock is ahead, ms. */
  offset: number
  wall: number
  mono: number
  newId(): Id
}

export interface Plan {
  ops: Op[]
  after: Map<string, { before: Before; stored: Stored; pending: number }>
  /** Counters of paper numbers that moved. */
  papers: Map<string, number>
}

/** Ops that make a record. */
export const MAKERS: readonly string[] = ['create', 'outreach.log', 'attachment.add']

/** Gives the paper number that `paperNo: ''` asks for: village, year of the book, this phone's letter, running number. */
function withPaperNumber(edit: Edit, facts: PlanFacts, given: Map<string, number>): Body {
  if (!MAKERS.includes(edit.op) || edit.args['paperNo'] !== '') return edit.args
  const day = edit.args['acceptedOn'] ?? edit.args['on']
  const year = (typeof day === 'string' ? day : dayOf(facts.wall + facts.offset)).slice(0, 4)
  const counter = paperCounter(edit.region, year)
  const count = (given.get(counter) ?? facts.papers.get(counter) ?? 0) + 1
  given.set(counter, count)
  const region = facts.me.regions.find((one) => one.code === edit.region)
  const village = region ? region.short || shortNameOf(region.name) : ''
  return { ...edit.args, paperNo: paperNumber(village, Number(year), facts.me.mark, count).trim() }
}

/** Keys of the records an edit names besides its own: the dispute of a meeting, what a file belongs to. */
export function namedBy(edit: Edit): string[] {
  const { dispute, of } = edit.args
  const parent = Array.isArray(of) && of.length === 2 ? [keyOf(String(of[0]), String(of[1]))] : []
  return typeof dispute === 'string' ? [keyOf('dispute', dispute), ...parent] : parent
}

/** The waiting ops that must have been taken before this one makes sense: those that make its record, or the one it names. */
function dependencies(edit: Edit, key: string, creates: ReadonlyMap<string, number>): number[] {
  const found = [key, ...namedBy(edit)].map((one) => creates.get(one))
  return found.filter((one): one is number => one !== undefined)
}

function opOf(
  edit: Planned,
  n: number,
  facts: PlanFacts,
  before: Before,
  args: Body,
  d: number[],
): Op | null {
  const entry = CATALOGUE.get(edit.op)
  if (!entry) return null
  return {
    i: facts.newId(),
    n,
    k: edit.op,
    v: entry.version,
    e: [edit.kind, edit.id],
    r: edit.region,
    b: before.rv,
    // What is folded now must be what is read back later.
    a: JSON.parse(JSON.stringify(args)) as Body,
    t: [facts.wall, facts.mono, facts.offset],
    ...(d.length > 0 ? { d } : {}),
    ...(edit.s ? { s: edit.s } : {}),
  }
}

/**
 * Folds edits over the records they touch, all or none. Pure: the database is compared and written afterwards.
 * @returns the ops in order with the records as they will stand, or the fold's refusal
 */
export function planEdits(
  edits: readonly Planned[],
  records: ReadonlyMap<string, Before>,
  facts: PlanFacts,
): Result<Plan> {
  const plan: Plan = { ops: [], after: new Map(), papers: new Map() }
  const creates = new Map(facts.creates)
  for (const edit of edits) {
    const key = keyOf(edit.kind, edit.id)
    const before = records.get(key) ?? { rv: 0, pending: 0, stored: null }
    const known = plan.after.get(key)
    const stored = known?.stored ?? before.stored
    const n = facts.next + plan.ops.length
    const args = withPaperNumber(edit, facts, plan.papers)
    const op = opOf(edit, n, facts, before, args, dependencies(edit, key, creates))
    if (!op) return refuse('malformed')
    const state: RecordState | null = stored ? stateFrom(edit.kind, edit.id, stored.now) : null
    const folded = fold(state, op, localContext(op, facts.me.person, facts.device))
    if (!folded) return refuse('malformed')
    if (!folded.ok) return folded
    plan.ops.push(op)
    if (MAKERS.includes(edit.op)) creates.set(key, n)
    plan.after.set(key, {
      before,
      pending: (known?.pending ?? before.pending) + 1,
      stored: edited(stored, folded.value.state, before),
    })
  }
  return accept(plan)
}

/** The stored record after an edit: what the server has stays aside as the base. */
function edited(stored: Stored | null, state: RecordState, before: Before): Stored {
  if (!stored) return { now: standingOf(state), base: null, lane: null, sv: 0, refused: 0 }
  const base = stored.base === undefined ? { ...stored.now, rv: before.rv } : stored.base
  return { ...stored, now: standingOf(state), base }
}
