import type { Body } from '#domain/record/kind.ts'
import type {
  FeedRow,
  LockedRow,
  LossRow,
  PullTables,
  PushTables,
  RecordRow,
  RefusedRow,
  SyncDatabase,
} from '../repositories/sync/tables.ts'
import type { FieldKeys } from './field-keys.ts'
import { openBody, openOne, sealBody, sealOne, type Named } from './sealed-body.ts'

type Kept = Named & { body: Body | null; losses: FeedRow['losses'] }

const opened = <T extends Kept>(keys: FieldKeys, row: T): T => ({
  ...row,
  body: row.body && openBody(keys, row, row.body),
  losses: row.losses.map((one) => ({ ...one, value: openOne(keys, row, one.field, one.value) })),
})

const sealed = (keys: FieldKeys, row: RecordRow): RecordRow => ({
  ...row,
  body: sealBody(keys, row, row.body),
  losses: row.losses.map((one) => ({ ...one, value: sealOne(keys, row, one.field, one.value) })),
})

const sealedLoss = (keys: FieldKeys, row: LossRow): LossRow => ({
  ...row,
  value: sealOne(keys, row, row.field, row.value),
})

const isObject = (value: unknown): value is Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A refused op: what it wanted to write may stand in no column in clear either. */
function sealedOp(keys: FieldKeys, row: RefusedRow): RefusedRow {
  if (!isObject(row.op) || !isObject(row.op['a']) || !Array.isArray(row.op['e'])) return row
  const [kind, id] = row.op['e'] as unknown[]
  if (typeof kind !== 'string' || typeof id !== 'string') return row
  return { ...row, op: { ...row.op, a: sealBody(keys, { kind, id }, row.op['a']) } }
}

const pushing = (keys: FieldKeys, tables: PushTables): PushTables => {
  const open = async (rows: Promise<LockedRow[]>) => (await rows).map((one) => opened(keys, one))
  const seal = (rows: readonly RecordRow[]) => rows.map((one) => sealed(keys, one))
  return {
    ...tables,
    lockRecords: (county, records) => open(tables.lockRecords(county, records)),
    lockBelonging: (county, ids) => open(tables.lockBelonging(county, ids)),
    lockVillage: (county, region, limit) => open(tables.lockVillage(county, region, limit)),
    writeRecords: (county, rows, at) => tables.writeRecords(county, seal(rows), at),
    moveRecords: (from, to, rows) => tables.moveRecords(from, to, seal(rows)),
    writeLosses: (county, rows, at) =>
      tables.writeLosses(
        county,
        rows.map((one) => sealedLoss(keys, one)),
        at,
      ),
    keepRefused: (county, rows, at) =>
      tables.keepRefused(
        county,
        rows.map((one) => sealedOp(keys, one)),
        at,
      ),
  }
}

const pulling = (keys: FieldKeys, tables: PullTables): PullTables => ({
  ...tables,
  async feed(county, after, limit) {
    const feed = await tables.feed(county, after, limit)
    return { ...feed, rows: feed.rows.map((one) => opened(keys, one)) }
  },
  rows: async (county, wanted) => (await tables.rows(county, wanted)).map((one) => opened(keys, one)),
})

/** The sync service's database, with numbers of people sealed in every column that holds them (TR-47). */
export const sealedDatabase = (database: SyncDatabase, keys: FieldKeys): SyncDatabase => ({
  ...database,
  push: (scope, work) => database.push(scope, (tables) => work(pushing(keys, tables))),
  pull: (scope, work) => database.pull(scope, (tables) => work(pulling(keys, tables))),
})
