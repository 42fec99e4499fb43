import type { Id } from '#domain/id.ts'
import type { Kind } from '#domain/record/kind.ts'
import { countersign } from '#domain/receipt.ts'
import { valueOf } from '#sync/fold/losses.ts'
import type { Live, Opened } from '../api.ts'
import type { OpenConflict } from '../care.ts'
import { keyOf } from '../database/rows.ts'
import { noteDamaged } from '../engine/damaged.ts'
import { cell } from '../live.ts'
import { openRefused } from '../record/op-box.ts'
import { stateOf, wordOf } from '../record/row-of-body.ts'
import { openStored, type Stored } from '../record/stored.ts'
import type { Context } from './context.ts'
import type { Looks } from './looks.ts'

/** The open losses of a record beside what stands in their place. */
function conflictsOf(ctx: Context, { now }: Stored): OpenConflict[] {
  const own = [ctx.identity?.device, ...(ctx.identity?.former ?? []).map((one) => one.device)]
  return (now.losses ?? []).map(({ field, rv, value, device, at }) => ({
    field,
    rv,
    lost: value,
    kept: valueOf(now.body, field),
    mine: own.includes(device),
    at,
  }))
}

/** Reads one record as it stands here; null when it is not on this phone. */
async function readOpened(
  ctx: Context,
  kind: Kind,
  id: Id,
  isSending: (key: string) => boolean,
): Promise<Opened | null> {
  const key = keyOf(kind, id)
  const [row, dead] = await ctx.tables.read(['rec', 'dead'], (tables) =>
    Promise.all([tables.rec.get(id), tables.dead.by('key', { is: key })]),
  )
  if (!row || row.kind !== kind) return null
  const stored = await openStored(ctx.sealer, row).catch(() => null)
  // What nobody can read here is sent again by the server.
  if (stored === null) await noteDamaged(ctx, row)
  if (stored === null || stored.now.deleted) return null
  const { receivedAt } = stored.now.body
  const refused = await Promise.all(
    dead
      .sort((one, other) => one.n - other.n)
      .map(async (one) => {
        const refusal = await openRefused(ctx.sealer, one).catch(() => null)
        return refusal ? [{ n: one.n, code: refusal.code, op: refusal.op.k, args: refusal.op.a }] : []
      }),
  )
  return {
    kind,
    id,
    region: stored.now.region,
    rv: row.rv,
    body: stored.now.body,
    word: wordOf(stored, row.pending),
    state: stateOf(stored, row.pending, isSending(key)),
    pending: row.pending,
    // One that nobody can read hides neither the record nor the others.
    refused: refused.flat(),
    conflicts: conflictsOf(ctx, stored),
    isGone: stored.gone === true,
    countersign: typeof receivedAt === 'number' ? countersign(id, receivedAt) : null,
  }
}

export interface OpenRecords {
  open(kind: Kind, id: Id): Live<Opened | null>
  /** null: everything may have changed. */
  refresh(keys: readonly string[] | null): void
}

/** Records that are open on a screen; each is read when somebody looks, and again when it changed. */
export function openRecords(ctx: Context, looks: Looks, isSending: (key: string) => boolean): OpenRecords {
  const open = new Map<string, Set<() => void>>()
  return {
    open(kind, id) {
      const key = keyOf(kind, id)
      let latest = 0
      const readNow = async (mine: number) => {
        const found = await readOpened(ctx, kind, id, isSending).catch(() => null)
        if (mine === latest) live.set(found)
        if (found) await looks.opened(found)
      }
      const read = () => void readNow(++latest)
      const live = cell<Opened | null>(() => {
        const readers = open.get(key) ?? new Set()
        open.set(key, readers.add(read))
        read()
        return () => {
          readers.delete(read)
          if (readers.size === 0) open.delete(key)
        }
      })
      return live
    },
    refresh(keys) {
      for (const key of keys ?? [...open.keys()]) for (const read of open.get(key) ?? []) read()
    },
  }
}
