import { keyOf, type Bytes, type Store } from '../database/rows.ts'
import type { VaultTables, WriteTable } from '../database/tables.ts'
import { boundTo, isOf, SUITES, type Sealer } from '../seal/box.ts'

/** A row as far as sealing it anew goes: it has one box, or two, or none. */
type Boxed = Record<string, unknown>
type BoxName = 'box' | 'ack'
type Words = Partial<Record<BoxName, string>>

const text = (row: Boxed, name: string): string => String(row[name])

/** What the boxes of a store's rows are bound to. What moves from one store to another comes before where it goes. */
const WORDS = {
  draft: (row) => ({ box: boundTo('draft', text(row, 'id')) }),
  out: (row) => ({ box: boundTo('op', text(row, 'i')), ack: boundTo('ack', text(row, 'i')) }),
  dead: (row) => ({ box: boundTo('dead', text(row, 'i')) }),
  ring: (row) => ({ box: boundTo(row['moved'] ? 'op' : 'ring', text(row, 'i')) }),
  rec: (row) => ({ box: boundTo('rec', keyOf(text(row, 'kind'), text(row, 'id'))) }),
  meta: (row) => ({ box: boundTo('meta', text(row, 'name')) }),
  desk: (row) => ({ box: boundTo('desk', text(row, 'id')) }),
  blob: (row) => ({ box: boundTo('blob', text(row, 'id')) }),
  chunk: (row) => ({ box: boundTo('chunk', `${text(row, 'blob')}/${text(row, 'at')}`) }),
} as const satisfies Partial<Record<Store, (row: Boxed) => Words>>
type BoxedStore = keyof typeof WORDS

const STORES = Object.keys(WORDS) as BoxedStore[]
/** So many rows at a time; pieces of files are large. */
const LOT = 40
const LOT_OF_PIECES = 4

const isPlain = (value: unknown): value is Bytes =>
  value instanceof Uint8Array && isOf(SUITES.plain, value as Bytes)

const isSame = (a: Bytes, b: unknown): boolean =>
  b instanceof Uint8Array && a.length === b.length && a.every((one, at) => one === b[at])

/** One box under the vault's key. null: it does not open, so nobody will ever read it under any key. */
async function anew(sealer: Sealer, words: string, box: Bytes): Promise<Bytes | null> {
  try {
    return await sealer.seal(words, await sealer.open(words, box))
  } catch (error) {
    if ((error as Error).name === 'OperationError') return null
    throw error
  }
}

type Change = { name: BoxName; from: Bytes; to: Bytes }

async function changesOf(sealer: Sealer, row: Boxed, words: Words): Promise<Change[]> {
  const changes: Change[] = []
  for (const [name, bound] of Object.entries(words) as [BoxName, string][]) {
    const from = row[name]
    const to = isPlain(from) ? await anew(sealer, bound, from) : null
    if (to) changes.push({ name, from: from as Bytes, to })
  }
  return changes
}

/** The primary key of a row. */
const placeOf = (store: BoxedStore, row: Boxed): never =>
  (store === 'chunk'
    ? [row['blob'], row['at']]
    : store === 'meta'
      ? row['name']
      : 'n' in row
        ? row['n']
        : row['id']) as never

/** Puts changed boxes back where the row is still as it was read; whoever changed it meanwhile sealed it anew. */
async function putBack(
  tables: VaultTables,
  store: BoxedStore,
  changed: readonly { row: Boxed; changes: Change[] }[],
): Promise<void> {
  if (changed.length === 0) return
  await tables.write([store], 'strict', async (all) => {
    const table = all[store] as unknown as WriteTable<'meta'>
    const now = (await table.getMany(changed.map(({ row }) => placeOf(store, row)))) as (Boxed | undefined)[]
    const rows = changed.flatMap(({ changes }, at) => {
      const row = now[at]
      const good = row ? changes.filter(({ name, from }) => isSame(from, row[name])) : []
      return good.length > 0
        ? [{ ...row, ...Object.fromEntries(good.map(({ name, to }) => [name, to])) }]
        : []
    })
    await table.putMany(rows as never)
  })
}

/** Seals the rows of one store anew, a few at a time. @returns whether it came to the end */
async function resealStore(
  tables: VaultTables,
  sealer: Sealer,
  store: BoxedStore,
  mayGoOn: () => Promise<boolean>,
): Promise<boolean> {
  const limit = store === 'chunk' ? LOT_OF_PIECES : LOT
  for (let after: unknown; ;) {
    const range = after === undefined ? { limit } : { after, limit }
    const rows = (await tables.read([store], (all) =>
      (all[store] as unknown as WriteTable<'meta'>).all(range as never),
    )) as unknown as Boxed[]
    const words = WORDS[store] as (row: Boxed) => Words
    const found = await Promise.all(
      rows.map(async (row) => ({ row, changes: await changesOf(sealer, row, words(row)) })),
    )
    await putBack(
      tables,
      store,
      found.filter(({ changes }) => changes.length > 0),
    )
    const last = rows[rows.length - 1]
    if (rows.length < limit || !last) return true
    after = placeOf(store, last)
    if (!(await mayGoOn())) return false
  }
}

/**
 * Brings everything that still lies under the plain key of a vault which now has a PIN under the vault's own, a few rows at a time, and
 * deletes the plain key when nothing is left under it. Killed anywhere, it goes on with the next unlock: what is done is told by each box
 * itself. Nothing can be written under the plain key meanwhile (`seal/fence.ts`), so one walk finds all.
 * @param tables fenced
 * @param sealer of the unlocked vault
 * @param mayGoOn asked between lots; false stops
 * @returns whether the plain key is gone
 */
export async function resealAll(
  tables: VaultTables,
  sealer: Sealer,
  mayGoOn: () => Promise<boolean>,
): Promise<boolean> {
  const plain = await tables.read(['key'], ({ key }) => key.get('vault'))
  if (!plain) return true
  for (const store of STORES) if (!(await resealStore(tables, sealer, store, mayGoOn))) return false
  await tables.write(['key'], 'strict', ({ key }) => key.deleteMany(['vault']))
  return true
}
