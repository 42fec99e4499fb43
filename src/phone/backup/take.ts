import { accept, refuse, type Result } from '#domain/result.ts'
import type { Op } from '#sync/protocol/op.ts'
import type { BackupRefusal } from '../care.ts'
import { idOf, META, type DraftRow, type OutRow, type RecRow } from '../database/rows.ts'
import {
  clearOf,
  foldAnew,
  isSame,
  opKey,
  readAround,
  rowOfStored,
  stampOf,
  type Around,
} from '../engine/refold.ts'
import { metaBox, type Context, type Identity } from '../notebook/context.ts'
import { decide, outRowOf, standsOn } from '../notebook/refusal-case.ts'
import { isUrgent } from '../record/urgent.ts'
import { boundTo, openJson, sealJson } from '../seal/box.ts'
import type { Contents, KeptOp } from './contents.ts'

/** Row of `meta`: what was taken from backups before, boxed. */
const TAKEN = 'taken'

/** Numbers by device, and drafts. */
interface Taken {
  ops: Record<string, number[]>
  drafts: string[]
}

async function readTaken(ctx: Context): Promise<{ taken: Taken; next: number; drafts: Set<string> }> {
  const [row, next, drafts] = await ctx.tables.read(['meta', 'draft'], (tables) =>
    Promise.all([tables.meta.get(TAKEN), tables.meta.get(META.next), tables.draft.keys()]),
  )
  const taken = row?.box
    ? await openJson<Taken>(ctx.sealer, boundTo('meta', TAKEN), row.box)
    : { ops: {}, drafts: [] }
  return { taken, next: next?.value ?? 1, drafts: new Set(drafts) }
}

/** Whether an op was made on this very installation, which then has it or has done with it. */
const isOurs = ({ device, op }: KeptOp, identity: Identity, next: number): boolean =>
  op.n < next &&
  (device === identity.device || identity.former.some((one) => one.device === device && op.n < one.below))

const marked = (taken: Taken, ops: readonly KeptOp[], drafts: readonly string[]): Taken => {
  const all: Taken = { ops: { ...taken.ops }, drafts: [...taken.drafts, ...drafts] }
  for (const { device, op } of ops) all.ops[device] = [...(all.ops[device] ?? []), op.n]
  return all
}

/** Ops under new numbers of this phone; each names the device and number it was first made as. */
function numbered(fresh: readonly KeptOp[], from: number): Op[] {
  return fresh.map(({ device, op }, at) => ({ ...op, n: from + at, as: [device, op.n] }))
}

interface Written {
  arounds: Around[]
  recs: (RecRow | null)[]
  outs: OutRow[]
  drafts: DraftRow[]
  taken: Taken
  /** The next number as it was read, and as it is afterwards. */
  next: number
  after: number
}

async function write(ctx: Context, one: Written): Promise<boolean> {
  const mark = await metaBox(ctx, TAKEN, one.taken)
  ctx.last = null
  return ctx.tables.write(['rec', 'out', 'dead', 'meta', 'draft'], 'strict', async (tables) => {
    const [now, next] = await Promise.all([
      tables.rec.getMany(one.arounds.map((around) => idOf(around.key))),
      tables.meta.get(META.next),
    ])
    const isStill = one.arounds.every((around, at) => isSame(now[at], stampOf(around.row)))
    if (!isStill || (next?.value ?? 1) !== one.next) return false
    await tables.out.addMany(one.outs)
    await tables.rec.putMany(one.recs.filter((row): row is RecRow => row !== null))
    await tables.draft.putMany(one.drafts)
    await tables.meta.putMany([mark, { name: META.next, value: one.after }])
    return true
  })
}

async function attempt(
  ctx: Context,
  contents: Contents,
  identity: Identity,
): Promise<Result<{ ops: number; already: number }, BackupRefusal> | 'changed'> {
  const { taken, next, drafts: here } = await readTaken(ctx)
  const known = new Map(Object.entries(taken.ops).map(([device, ns]) => [device, new Set(ns)]))
  const fresh = contents.ops.filter(
    (one) => !isOurs(one, identity, next) && !known.get(String(one.device))?.has(one.op.n),
  )
  const drafts = contents.drafts.filter((one) => !here.has(one.id) && !taken.drafts.includes(one.id))
  const already = contents.ops.length - fresh.length
  if (fresh.length === 0 && drafts.length === 0) return accept({ ops: 0, already })
  // Numbers of our own that this database has never given: it was put back to an earlier state. They are not given twice.
  const from = Math.max(
    next,
    ...fresh.filter((one) => one.device === identity.device).map((one) => one.op.n + 1),
  )
  const ops = numbered(fresh, from)
  const arounds = await readAround(ctx, [...new Set(ops.map(opKey))])
  const folded = await Promise.all(
    arounds.map(async (around) => {
      const one = await standsOn(ctx, around, new Set(), ops)
      return { key: around.key, one, stored: foldAnew(ctx, one) }
    }),
  )
  const urgent = new Set(
    folded.filter(({ stored }) => stored && isUrgent(stored.now.body)).map(({ key }) => key),
  )
  const isWritten = await write(ctx, {
    arounds,
    recs: await Promise.all(
      folded.map(({ key, one, stored }) => stored && rowOfStored(ctx, key, stored, clearOf(one))),
    ),
    outs: await Promise.all(
      ops.map(async (op) => ({
        ...(await outRowOf(ctx, op)),
        ...(urgent.has(opKey(op)) ? { first: 1 as const } : {}),
      })),
    ),
    drafts: await Promise.all(
      drafts.map(async (one) => ({
        id: one.id,
        box: await sealJson(ctx.sealer, boundTo('draft', one.id), one),
      })),
    ),
    taken: marked(
      taken,
      fresh,
      drafts.map((one) => one.id),
    ),
    next,
    after: from + ops.length,
  })
  if (!isWritten) return 'changed'
  ctx.notes.tell({ keys: arounds.map((around) => around.key), queue: true, drafts: true, decided: true })
  return accept({ ops: fresh.length, already })
}

/**
 * Takes from a backup what this phone does not have: each op once, however often and from however many files it comes (I-2, L-11). It
 * goes under a new number and says what it was first made as, so that the server finds the receipt it may already have.
 * @returns ops taken, and how many were here or had been taken before; `other-person` for somebody else's
 */
export async function takeContents(
  ctx: Context,
  contents: Contents,
): Promise<Result<{ ops: number; already: number }, BackupRefusal>> {
  const { me, identity } = ctx
  if (!me || !identity) return refuse('not-entered')
  if (contents.person !== me.person) return refuse('other-person')
  return decide(ctx, () => attempt(ctx, contents, identity))
}
