import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql, type SQL } from 'drizzle-orm'
import type { AccountsContext } from '#server/accounts/context.ts'
import { markRemapped } from '#server/accounts/remap-region.ts'
import { restorePostgres } from '#server/backup/restore.ts'
import { writeBackup } from '#server/backup/write.ts'
import type { Database, Tx } from '#server/database/database.ts'
import { historyNow, newHistory, setRing } from '#server/repositories/backup/history.ts'
import { sqlSyncDatabase } from '#server/repositories/sync/sync-database.ts'
import type {
  PullScope,
  PullTables,
  PushScope,
  PushTables,
  SyncDatabase,
} from '#server/repositories/sync/tables.ts'
import { Ledger } from '../oracle/ledger.ts'
import type { RecordRow, ServerContent } from '../oracle/server-content.ts'
import { NEW_CODE, VILLAGES } from './office.ts'
import { Violation } from '../oracle/violation.ts'
import { embeddedReports } from './embedded-reports.ts'
import type { PutBack, ServerStore } from './store.ts'
import { waitFor, type Time } from './time.ts'

/** What sync keeps; a put-back database is put back in these. */
const TABLES = [
  'sync_meta',
  'sync_stream',
  'record',
  'scope_exit',
  'op_receipt',
  'op_refused',
  'field_loss',
  'region_digest',
  'rollup',
  'record_home',
  'receipt_pack',
] as const
/** In a copy: by device, up to which number its ops were decided. */
const ACKED = 'device.acked_n'
const EMPTIED = [
  ...TABLES.slice(1),
  'region',
  'device',
  'account',
  'person',
  'attachment',
  'upload',
  'upload_lease',
  'rollup_up',
] as const

type Rows = Record<string, unknown>[]
interface Copy {
  tables: Map<string, unknown>
  /** Folder of a real backup, where that is what will be put back; null: rows alone. */
  backup: string | null
  mark: Ledger['mark']
}

const names = (list: readonly string[]): SQL => sql.raw(list.join(', '))

/** The world waits for the database as for anything that really takes time; nothing in it pauses while it works. */
const waited = (inner: SyncDatabase): SyncDatabase => ({
  push: <T>(scope: PushScope, work: (tables: PushTables) => Promise<T>) => waitFor(inner.push(scope, work)),
  pull: <T>(scope: PullScope, work: (tables: PullTables) => Promise<T>) => waitFor(inner.pull(scope, work)),
  heads: (counties) => waitFor(inner.heads(counties)),
  beginHistory: (promised) => waitFor(inner.beginHistory(promised)),
})

/** The servers' database in PGlite: one for all worlds, emptied between them. */
export class EmbeddedServerStore implements ServerStore {
  readonly ledger = new Ledger()
  readonly database: SyncDatabase
  readonly #under: Database
  readonly #time: Time
  #copy: Copy | null = null
  #isEmpty: Promise<void> | null = null
  /** Everybody who was put on the list, in order. */
  readonly #enrolled: [device: number, person: string][] = []
  readonly reports

  /** @param watched how the world knows what the database is doing */
  constructor(database: Database, time: Time, watched: (inner: SyncDatabase) => SyncDatabase = waited) {
    this.#under = database
    this.#time = time
    this.reports = embeddedReports(database, (work) => this.#here(work))
    this.database = this.ledger.over(watched(sqlSyncDatabase(database)))
  }

  #own<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#here(() => this.#under.as('owner', {}, work))
  }

  /** Work on the database itself, for which the world waits; it begins when nothing is left of the world before. */
  async #here<T>(work: () => Promise<T>): Promise<T> {
    await this.#begin()
    return waitFor(work())
  }

  #begin(): Promise<void> {
    this.#isEmpty ??= this.#emptied()
    return this.#isEmpty
  }

  #emptied(): Promise<void> {
    const emptied = this.#under.as('owner', {}, async (tx) => {
      await tx.execute(sql`TRUNCATE ${names(EMPTIED)} CASCADE`)
      await tx.execute(sql`UPDATE sync_meta SET epoch = gen_random_uuid(), gen = 0, ring_safe_before = NULL`)
      for (const code of [...VILLAGES, NEW_CODE])
        await tx.execute(
          sql`INSERT INTO region (code, name, short, valid_from) VALUES (${code}, '示例村', '示例', '2026-01-01')`,
        )
    })
    return waitFor(emptied)
  }

  async enrol(device: number, person: string): Promise<void> {
    this.#enrolled.push([device, person])
    await this.#put(device, person)
  }

  #put(device: number, person: string): Promise<void> {
    return this.#own(async (tx) => {
      await tx.execute(sql`INSERT INTO person (id, name) VALUES (${person}, '示例') ON CONFLICT DO NOTHING`)
      await tx.execute(
        sql`INSERT INTO account (id, person) VALUES (${person}, ${person}) ON CONFLICT DO NOTHING`,
      )
      await tx.execute(
        sql`INSERT INTO device (id, account, state, village) OVERRIDING SYSTEM VALUE VALUES (${device}, ${person}, 'confirmed', ${VILLAGES[0]}) ON CONFLICT DO NOTHING`,
      )
    })
  }

  async epoch(): Promise<string> {
    return (await this.database.heads([])).epoch
  }

  async heads(): Promise<ReadonlyMap<string, number>> {
    const counties = [...new Set(VILLAGES.map((code) => code.slice(0, 6)))]
    return (await this.database.heads(counties)).heads
  }

  async recordIds(): Promise<string[]> {
    const { rows } = await this.#own((tx) =>
      tx.execute<{ id: string }>(sql`SELECT id FROM record ORDER BY id`),
    )
    return rows.map((one) => one.id)
  }

  async answerRefused(share: number, decision: 'returned' | 'noted'): Promise<boolean> {
    const { rows } = await this.#own((tx) =>
      tx.execute<{ device: number; n: number }>(
        sql`SELECT device, n FROM op_refused WHERE state <> 'decided' ORDER BY device, n`,
      ),
    )
    const one = rows[Math.floor(share * rows.length)]
    if (!one) return false
    const at = new Date(this.#time.now).toISOString()
    await this.#own((tx) =>
      tx.execute(
        sql`UPDATE op_refused SET state = 'decided', decision = ${decision}, answer = '示例', decided_at = ${at}::timestamptz
            WHERE device = ${one.device} AND n = ${one.n}`,
      ),
    )
    return true
  }

  async markRemapped(from: string, to: string): Promise<void> {
    const context = { database: this.#under, now: () => this.#time.now } as AccountsContext
    const marked = await this.#here(() => markRemapped(context, from, to))
    if (!marked.ok) throw new Error(marked.reason)
  }

  async copy(how: PutBack): Promise<boolean> {
    if (this.#copy) return false
    if (how === 'restored') return this.#backUpForReal()
    const tables = new Map<string, unknown>()
    await this.#own(async (tx) => {
      for (const name of TABLES) {
        const { rows } = await tx.execute<{ all: unknown }>(
          sql`SELECT coalesce(jsonb_agg(to_jsonb(t)), '[]')::text AS all FROM ${sql.raw(name)} t`,
        )
        tables.set(name, rows[0]?.all)
      }
      const { rows } = await tx.execute<{ all: unknown }>(
        sql`SELECT coalesce(jsonb_object_agg(id, acked_n), '{}')::text AS all FROM device`,
      )
      tables.set(ACKED, rows[0]?.all)
    })
    this.#copy = { tables, backup: null, mark: this.ledger.mark }
    return true
  }

  /** As the operator does it. */
  async #backUpForReal(): Promise<boolean> {
    const { mark } = this.ledger
    const backup = join(mkdtempSync(join(tmpdir(), 'mingbai-world-backup-')), 'backup')
    await this.#here(() => writeBackup({ database: this.#under, app: '0.0.0', attachments: null }, backup))
    this.#copy = { tables: new Map(), backup, mark }
    return true
  }

  /**
   * As the operator does it; what the office has written down since of phones and villages it writes down again. Nobody has verified that
   * backup: phones keep what they have.
   */
  async #restoreForReal(backup: string): Promise<void> {
    const { rows } = await this.#own((tx) =>
      tx.execute(sql`SELECT code, valid_to::text AS valid_to, merged_into FROM region`),
    )
    const ring = await this.#own((tx) =>
      tx.execute(sql`SELECT ring_safe_before::text AS ring FROM sync_meta`),
    )
    const order = { from: backup, replace: true, erased: [], attachments: null, now: this.#time.now }
    await this.#here(() => restorePostgres(this.#under, order)).catch((error: unknown) => {
      throw new Violation('I-18', `a backup cannot be put back: ${String(error)}`)
    })
    rmSync(join(backup, '..'), { recursive: true, force: true })
    for (const [device, person] of this.#enrolled) await this.#put(device, person)
    await this.#own(async (tx) => {
      for (const { code, valid_to, merged_into } of rows)
        await tx.execute(
          sql`UPDATE region SET valid_to = ${valid_to}::date, merged_into = ${merged_into} WHERE code = ${code}`,
        )
      await tx.execute(
        sql`UPDATE sync_meta SET ring_safe_before = ${ring.rows[0]?.['ring'] ?? null}::timestamptz`,
      )
    })
  }

  async putBack(how: PutBack): Promise<boolean> {
    const copy = this.#copy
    this.#copy = null
    if (!copy) return false
    if (copy.backup !== null) {
      await this.#restoreForReal(copy.backup)
      this.ledger.cut(copy.mark, true)
      return true
    }
    await this.#own(async (tx) => {
      const before = await historyNow(tx)
      await tx.execute(sql`TRUNCATE ${names(TABLES)} CASCADE`)
      // Devices are enrolled outside the sync service and are not what is lost here; what was decided of their ops is.
      const acked = String(copy.tables.get(ACKED))
      await tx.execute(sql`UPDATE device SET acked_n = coalesce((${acked}::jsonb ->> id::text)::bigint, 0)`)
      for (const [name, all] of copy.tables)
        if (name !== ACKED)
          await tx.execute(
            sql`INSERT INTO ${sql.raw(`public.${name}`)} SELECT * FROM jsonb_populate_recordset(NULL::${sql.raw(`public.${name}`)}, ${String(all)}::jsonb)`,
          )
      if (how === 'failover') await newHistory(tx, 0, 0)
      // A copy of rows that the operator was told of after all: the command jumps a day ahead, as in server/backup/restore.ts.
      if (how === 'restored') await newHistory(tx, 24, (before?.gen ?? 0) + 1)
    })
    this.ledger.cut(copy.mark, how !== 'restored-quietly')
    return true
  }

  async newHistory(): Promise<void> {
    await this.#own((tx) => newHistory(tx, 0, 0))
  }

  async backUp(): Promise<void> {
    this.#copy = null
    await this.#own((tx) => setRing(tx, new Date(this.#time.now).toISOString()))
  }

  async content(): Promise<ServerContent> {
    const all = await this.#own(async (tx) => {
      const of = async (text: SQL): Promise<Rows> => (await tx.execute(text)).rows as Rows
      return {
        meta: await of(sql`SELECT epoch, gen FROM sync_meta`),
        records: await of(
          sql`SELECT county, kind, id, region, lane, recorder, office, rv, seq, deleted, body, fv, losses FROM record`,
        ),
        losses: await of(sql`SELECT kind, id, field, rv, value FROM field_loss`),
        rollup: await of(sql`SELECT county, region, metric, day::text AS day, n FROM rollup`),
        digest: await of(sql`SELECT county, region, lane, n, x::text AS x FROM region_digest`),
      }
    })
    return {
      epoch: String(all.meta[0]?.['epoch']),
      gen: Number(all.meta[0]?.['gen']),
      heads: await this.heads(),
      records: all.records as unknown as RecordRow[],
      receipts: [],
      refused: [],
      losses: all.losses as unknown as ServerContent['losses'],
      rollup: new Map(
        all.rollup.map((one) => [
          `${String(one['county'])}/${String(one['region'])}/${String(one['metric'])}/${String(one['day'])}`,
          Number(one['n']),
        ]),
      ),
      digest: new Map(
        all.digest.map((one) => [
          `${String(one['county'])}/${String(one['region'])}/${String(one['lane'])}`,
          { n: Number(one['n']), x: String(one['x']) },
        ]),
      ),
    }
  }

  async close(): Promise<void> {}
}
