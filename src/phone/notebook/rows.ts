import type { Id } from '#domain/id.ts'
import type { ListRow, Live } from '../api.ts'
import { idOf, type RecRow } from '../database/rows.ts'
import { noteDamaged } from '../engine/damaged.ts'
import { cell } from '../live.ts'
import { rowOf } from '../record/row-of-body.ts'
import { openStored } from '../record/stored.ts'
import type { Context } from './context.ts'
import { linesInOrder } from './lines.ts'

/** Newest records opened before anything else, and how many at a time after that, when nothing else has to run. */
const FIRST = 60
const SLICE = 200

export interface RowList {
  /** Records, without the files that belong to them. */
  rows: Live<readonly ListRow[]>
  /** Files of records. */
  files: Live<readonly ListRow[]>
  /** Resolves when every record has been looked at once. */
  whole: Promise<void>
  rowOf(key: string): ListRow | undefined
  /** Reads records anew. */
  refresh(keys: readonly string[]): void
  /** Reads all of them anew, where nobody tells what another page changed. */
  refreshAll(): void
  /** Takes lines as they were just saved. */
  show(keys: readonly string[], rows: readonly ListRow[]): void
  stop(): void
}

/**
 * The list of all records as small rows in memory, newest first: the first ones at once, the rest in idle slices, and kept
 * current by change notes. Bodies are not kept.
 */
export function rowList(ctx: Context): RowList {
  const rows = cell<readonly ListRow[]>()
  const files = cell<readonly ListRow[]>()
  const byId = new Map<Id, ListRow>()
  let chain: Promise<void> = Promise.resolve()
  const life = { stopped: false }
  // One after the other, so that a slice read earlier never overwrites a row refreshed later.
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    chain = chain.then(() => (life.stopped ? undefined : work())).catch(() => undefined)
    return chain
  }
  const records = linesInOrder()
  const filed = linesInOrder()
  const put = (some: ReadonlyMap<Id, ListRow | null>): void => {
    const [of, own] = [new Map<Id, ListRow | null>(), new Map<Id, ListRow | null>()]
    for (const [id, row] of some) {
      const isFile = (row ?? byId.get(id))?.of !== undefined
      ;(isFile ? of : own).set(id, row)
      if (row) byId.set(id, row)
      else byId.delete(id)
    }
    records.put(own)
    filed.put(of)
  }
  const publish = () => {
    if (records.isNew()) rows.set(records.all())
    if (filed.isNew()) files.set(filed.all())
  }

  const take = async (found: readonly RecRow[]): Promise<void> => {
    const opened = await Promise.all(found.map((row) => openRow(ctx, row)))
    put(new Map(opened.map((row, at) => [(found[at] as RecRow).id, row])))
    if (!life.stopped) publish()
  }

  const slice = (ids: readonly Id[], to: number, count: number): Promise<number> => {
    const from = Math.max(0, to - count)
    const range = { from: ids[from] as Id, to: ids[to - 1] as Id }
    return inTurn(async () => take(await ctx.tables.read(['rec'], ({ rec }) => rec.all(range)))).then(
      () => from,
    )
  }
  const readAll = async (): Promise<void> => {
    const ids = await ctx.tables.read(['rec'], ({ rec }) => rec.keys())
    const there = new Set(ids)
    await inTurn(async () =>
      put(new Map([...byId.keys()].flatMap((id) => (there.has(id) ? [] : [[id, null]])))),
    )
    if (ids.length === 0) return publish()
    for (
      let to = await slice(ids, ids.length, FIRST);
      to > 0 && !life.stopped;
      to = await slice(ids, to, SLICE)
    )
      await new Promise<void>((go) => ctx.ports.idle(go))
  }
  const whole = readAll().catch(() => undefined)
  let again: Promise<void> | null = null

  return {
    rows,
    files,
    whole,
    rowOf: (key) => byId.get(idOf(key)),
    refresh: (keys) =>
      void inTurn(async () => {
        const ids = keys.map(idOf)
        const found = await ctx.tables.read(['rec'], ({ rec }) => rec.getMany(ids))
        put(new Map(ids.flatMap((id, at) => (found[at] ? [] : [[id, null] as const]))))
        await take(found.filter((row): row is RecRow => row !== undefined))
      }),
    refreshAll: () =>
      // What wakes a page comes in twos and threes.
      void (again ??= whole
        .then(readAll)
        .catch(() => undefined)
        .finally(() => (again = null))),
    show: (keys, lines) =>
      void inTurn(async () => {
        const byKey = new Map(lines.map((one) => [one.key, one]))
        put(new Map(keys.map((key) => [idOf(key), byKey.get(key) ?? null])))
        if (!life.stopped) publish()
      }),
    stop: () => void (life.stopped = true),
  }
}

/** The list's line of a stored record; null when there is none, or when its box does not open. */
async function openRow(ctx: Context, row: RecRow): Promise<ListRow | null> {
  try {
    return rowOf(row, await openStored(ctx.sealer, row))
  } catch {
    // A damaged row must not take the list with it; the server sends it again.
    void noteDamaged(ctx, row).catch(() => undefined)
    return null
  }
}
