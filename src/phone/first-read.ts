import type { Me } from '#sync/protocol/wire.ts'
import type { Draft, ListRow } from './api.ts'
import { databaseName, META, type DraftRow, type KeyRow, type MetaRow, type RecRow } from './database/rows.ts'
import { answered, openExisting } from './raw.ts'
import { rowOf } from './record/row-of-body.ts'
import { openStored } from './record/stored.ts'
import { boundTo, openJson, sealerOf, type Sealer } from './seal/box.ts'

/** What the first screen needs before the notebook is loaded. */
export interface FirstRead {
  /** It has a PIN: nothing of it can be read before that is known. */
  locked?: true
  me: Me | null
  /** The newest records, newest first. */
  rows: ListRow[]
  /** Records there are in all. */
  total: number
  /** Ops that wait to be handed in, and ops the server did not accept. */
  waiting: number
  refused: number
  drafts: Draft[]
}

const LOCKED: FirstRead = { locked: true, me: null, rows: [], total: 0, waiting: 0, refused: 0, drafts: [] }

const FIRST_ROWS = 40
const FIRST_DRAFTS = 10
const NEEDED = ['rec', 'out', 'dead', 'draft', 'meta', 'key'] as const

/** The newest rows: one cursor finds where they begin, then all come at once; a cursor alone would ask for each. */
async function newest(rec: IDBObjectStore, count: number, keyRange: typeof IDBKeyRange): Promise<RecRow[]> {
  const from = await new Promise<IDBValidKey | null>((resolve, reject) => {
    const request = rec.openKeyCursor(null, 'prev')
    let isThere = false
    request.addEventListener('error', () => reject(request.error ?? new Error('no answer from the store')))
    request.addEventListener('success', () => {
      const cursor = request.result
      // No more than asked for: all of them.
      if (!cursor) return resolve(null)
      if (isThere || count === 1) return resolve(cursor.primaryKey)
      isThere = true
      cursor.advance(count - 1)
    })
  })
  return answered<RecRow[]>(rec.getAll(from === null ? null : keyRange.lowerBound(from)))
}

interface Raw {
  key: KeyRow | undefined
  envelope: KeyRow | undefined
  me: MetaRow | undefined
  order: MetaRow | undefined
  recs: RecRow[]
  drafts: DraftRow[]
  total: number
  waiting: number
  refused: number
}

async function readRaw(db: IDBDatabase, count: number, keyRange: typeof IDBKeyRange): Promise<Raw> {
  const transaction = db.transaction([...NEEDED], 'readonly')
  const store = (name: (typeof NEEDED)[number]) => transaction.objectStore(name)
  const [recs, total, key, envelope, me, order, drafts, waiting, refused] = await Promise.all([
    newest(store('rec'), count, keyRange),
    answered(store('rec').count()),
    answered<KeyRow | undefined>(store('key').get('vault')),
    answered<KeyRow | undefined>(store('key').get('envelope')),
    answered<MetaRow | undefined>(store('meta').get(META.me)),
    answered<MetaRow | undefined>(store('meta').get(META.order)),
    answered<DraftRow[]>(store('draft').getAll(null, FIRST_DRAFTS)),
    answered(store('out').count()),
    answered(store('dead').count()),
  ])
  return { key, envelope, me, order, recs, total, drafts, waiting, refused }
}

async function openRows(sealer: Sealer, recs: readonly RecRow[]): Promise<ListRow[]> {
  const rows = await Promise.all(
    recs.map((row) =>
      openStored(sealer, row).then(
        (stored) => rowOf(row, stored),
        () => null,
      ),
    ),
  )
  // Files are shown with what they belong to.
  return rows.filter((row): row is ListRow => row !== null && row.of === undefined).reverse()
}

/**
 * Reads who this is, the newest records and the drafts straight from IndexedDB, without the notebook's code, for the first paint
 * of 今天. Never writes, never makes a database.
 * @param count how many records
 * @param begun an opening of this vault's database that was begun earlier
 * @returns null when the vault is not there, or has no key yet; nothing but counts when it has a PIN
 */
export async function firstRead(
  vault: string,
  platform: { indexedDB: IDBFactory; keyRange: typeof IDBKeyRange; crypto: Crypto } = {
    indexedDB,
    keyRange: IDBKeyRange,
    crypto,
  },
  count: number = FIRST_ROWS,
  begun?: IDBOpenDBRequest,
): Promise<FirstRead | null> {
  const db = await openExisting(platform.indexedDB, databaseName(vault), NEEDED, begun)
  if (!db) return null
  try {
    const raw = await readRaw(db, count, platform.keyRange)
    if (raw.envelope?.ended) return null
    // Without a PIN too, when the office had this phone locked.
    const isHeld = raw.order?.holder !== undefined && raw.order.holder !== 'release'
    if (raw.envelope || isHeld) return { ...LOCKED, total: raw.total, waiting: raw.waiting }
    if (!raw.key?.key) return null
    const sealer = sealerOf(raw.key.key, platform.crypto)
    const [me, rows, drafts] = await Promise.all([
      raw.me?.box ? openJson<Me>(sealer, boundTo('meta', META.me), raw.me.box) : null,
      openRows(sealer, raw.recs),
      Promise.all(
        raw.drafts.map((row) => openJson<Draft>(sealer, boundTo('draft', row.id), row.box).catch(() => null)),
      ),
    ])
    const openable = drafts.filter((one): one is Draft => one !== null).sort((a, b) => b.at - a.at)
    return { me, rows, drafts: openable, total: raw.total, waiting: raw.waiting, refused: raw.refused }
  } finally {
    db.close()
  }
}
