import { viewOf, isValidOn, type Placed, type Rights } from '#domain/access/grant.ts'
import { scopeOf } from '#domain/access/scope.ts'
import type { Id } from '#domain/id.ts'
import type { Lane } from '#domain/access/lane.ts'
import { countyOf, covers, type County, type RegionCode } from '#domain/region/code.ts'
import type { AuditEvent } from '#server/repositories/audit.ts'
import type {
  DeviceNews,
  Feed,
  FeedRow,
  KeptRow,
  LockedRow,
  Promised,
  PullScope,
  PullTables,
  PushScope,
  PushTables,
  RecordKey,
  RecordRow,
  RegionFacts,
  StoredReceipt,
  SyncDatabase,
  ToldOp,
} from '#server/repositories/sync/tables.ts'
import { firstOf } from '#server/repositories/sync/tables.ts'

export interface MemoryDevice {
  person: Id
  lastAnswerAt: number
  ackedN: number
  news: DeviceNews | null
  lastSeen: number
}
/** A record as the table keeps it. Rows are replaced, never changed, so that a copy of the maps is a copy of the state. */
export type MemoryRecord = Omit<RecordRow, 'fresh'> & { county: County; sv: number; receivedAt: number }
export interface MemoryExit {
  county: County
  seq: number
  kind: string
  id: Id
  rv: number
  region: RegionCode
  lane: string
  at: number
}
export interface MemoryReceipt extends Omit<StoredReceipt, 'outcome'> {
  county: County
  outcome: string
  at: number
}
export interface MemoryRefused {
  county: County
  device: number
  n: number
  person: Id
  region: string
  lane: string
  op: unknown
  code: string
  state: string
  at: number
  askedAt: number | null
  givenUpAt: number | null
  note: string
  /** What the office said; absent: nothing yet. */
  answered?: { decision: 'returned' | 'noted'; answer: string; at: number }
}
export interface MemoryLoss {
  county: County
  kind: string
  id: Id
  field: string
  rv: number
  value: unknown
  who: number
  at: number
  resolvedBy: number | null
}

/** Everything there is; the server's half of what `copy` and `put back` mean. */
export interface MemoryState {
  epoch: string
  gen: number
  ringSafe: number
  streams: Map<County, { head: number; floor: number }>
  devices: Map<number, MemoryDevice>
  regions: Map<RegionCode, RegionFacts>
  records: Map<string, MemoryRecord>
  exits: Map<string, MemoryExit>
  receipts: Map<string, MemoryReceipt>
  packed: Map<string, string>
  refused: Map<string, MemoryRefused>
  losses: Map<string, MemoryLoss>
  rollup: Map<string, { county: County; region: RegionCode; metric: string; day: string; n: number }>
  digests: Map<string, { county: County; region: RegionCode; lane: string; n: number; x: bigint }>
  homes: Map<Id, County>
  audit: AuditEvent[]
}

/** What may happen to a transaction, told before its commit; each is used up by one. */
export type MemoryFault =
  /** It commits, but whoever waits for it hears that the connection is gone. */
  | 'lost-answer'
  /** Nothing is committed, and the connection is gone. */
  | 'lost-connection'
  /** Nothing is committed; the same work is done again, like after a deadlock. */
  | 'serialisation'
  | 'disk-full'

const ERRORS = {
  'lost-answer': '08006',
  'lost-connection': '08006',
  serialisation: '40001',
  'disk-full': '53100',
} as const

/** An error as the database's driver throws it. */
export class MemoryError extends Error {
  readonly code: string
  constructor(code: string) {
    super(`memory: ${code}`)
    this.code = code
  }
}

const empty = (epoch: string): MemoryState => ({
  epoch,
  gen: 0,
  ringSafe: 0,
  streams: new Map(),
  devices: new Map(),
  regions: new Map(),
  records: new Map(),
  exits: new Map(),
  receipts: new Map(),
  packed: new Map(),
  refused: new Map(),
  losses: new Map(),
  rollup: new Map(),
  digests: new Map(),
  homes: new Map(),
  audit: [],
})

const copyOf = (state: MemoryState): MemoryState => ({
  ...state,
  streams: new Map(state.streams),
  devices: new Map(state.devices),
  regions: new Map(state.regions),
  records: new Map(state.records),
  exits: new Map(state.exits),
  receipts: new Map(state.receipts),
  packed: new Map(state.packed),
  refused: new Map(state.refused),
  losses: new Map(state.losses),
  rollup: new Map(state.rollup),
  digests: new Map(state.digests),
  homes: new Map(state.homes),
  audit: [...state.audit],
})

const SEP = '|'
const keyOf = (...parts: readonly (string | number)[]): string => parts.join(SEP)
/** What text JSON can hold but PostgreSQL's jsonb cannot. */
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/i
/** A value as it comes back from a database: its own copy, and only what JSON can say. Refuses what jsonb refuses. */
function stored<T>(value: T): T {
  const text = JSON.stringify(value)
  if (text.includes('\\u') && UNSTORABLE.test(text)) throw new MemoryError('22P05')
  return JSON.parse(text) as T
}
const byKey = (a: RecordKey, b: RecordKey): number =>
  a.kind === b.kind ? (a.id < b.id ? -1 : a.id > b.id ? 1 : 0) : a.kind < b.kind ? -1 : 1
const byCode = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** One place of a county's ledger: which row it was given to. Places only ever grow, so the list is in order. */
interface Place {
  seq: number
  key: string
}

export interface MemorySyncOptions {
  /** Epoch ms of this world. */
  clock(): number
  /** Names of histories; in order, so that a run can be repeated. */
  newEpoch(): string
}

/**
 * The sync service's database in memory: the same transactions (one at a time, whole or not at all, with savepoints), the same
 * refusals, the same scope as row-level security. For the simulated world, which needs thousands of them in a second.
 */
export class MemorySync implements SyncDatabase {
  #state: MemoryState
  readonly #options: MemorySyncOptions
  #busy: Promise<unknown> = Promise.resolve()
  /** By county: every place ever given, oldest first. A record's earlier places are passed over. */
  #ledgers = new Map<County, { records: Place[]; exits: Place[] }>()
  readonly #faults: MemoryFault[] = []
  /** Asked before each commit of a push; what it gives happens to that transaction. */
  onCommit: ((scope: PushScope) => MemoryFault | null) | null = null
  /** Undoes what an open transaction did, newest last. */
  #undo: (() => void)[] = []
  #begun = 0

  constructor(options: MemorySyncOptions) {
    this.#options = options
    this.#state = empty(options.newEpoch())
  }

  /** The tables as they are; not to be changed. */
  get state(): Readonly<MemoryState> {
    return this.#state
  }

  /** The next transactions meet these, one each. */
  fail(...faults: MemoryFault[]): void {
    this.#faults.push(...faults)
  }

  /** A copy of everything, as of the last commit. */
  async snapshot(): Promise<MemoryState> {
    return this.#alone(async () => copyOf(this.#state))
  }

  /** Puts an earlier copy in place of everything: a failover that lost the newest, or a restored backup. */
  async restore(copy: MemoryState, how: 'noticed' | 'unnoticed' | 'by-operator'): Promise<void> {
    await this.#alone(async () => {
      const { gen } = this.#state
      this.#state = copyOf(copy)
      this.#rebuildLedgers()
      if (how === 'noticed') this.#newHistory(this.#ahead())
      // The command looks at what it replaces and jumps a day ahead, as in server/backup/restore.ts.
      if (how === 'by-operator') this.#newHistory(24, gen + 1)
    })
  }

  /** Begins a new history as a server does that finds itself on another cluster or timeline. */
  newHistory(): Promise<void> {
    return this.#alone(async () => this.#newHistory(this.#ahead()))
  }

  addDevice(device: number, person: Id): void {
    this.#state.devices.set(device, { person, lastAnswerAt: 0, ackedN: 0, news: null, lastSeen: 0 })
  }

  setRegion(code: RegionCode, facts: RegionFacts = { validTo: null, mergedInto: null }): void {
    this.#state.regions.set(code, facts)
  }

  /** The office says something about one of the refused ops that wait for a word. @returns false: none does */
  answerRefused(share: number, decision: 'returned' | 'noted'): Promise<boolean> {
    return this.#alone(async () => {
      const open = [...this.#state.refused].filter(([, one]) => !one.answered)
      const found = open[Math.floor(share * open.length)]
      if (!found) return false
      const [key, one] = found
      const answered = { decision, answer: '示例', at: this.#options.clock() }
      this.#state.refused.set(key, { ...one, state: 'decided', answered })
      return true
    })
  }

  setRingSafe(at: number): void {
    this.#state = { ...this.#state, ringSafe: at }
  }

  push<T>(scope: PushScope, work: (tables: PushTables) => Promise<T>): Promise<T> {
    return this.#alone(async () => {
      for (let round = 1; ; round++) {
        try {
          return await this.#transaction(scope, work)
        } catch (error) {
          if (!(error instanceof MemoryError) || error.code !== '40001' || round >= 6) throw error
        }
      }
    })
  }

  pull<T>(scope: PullScope, work: (tables: PullTables) => Promise<T>): Promise<T> {
    return this.#alone(() => work(this.#pullTables(scope)))
  }

  async heads(counties: readonly County[]): Promise<{ epoch: string; heads: Map<County, number> }> {
    const heads = counties.map((one): [County, number] => [one, this.#state.streams.get(one)?.head ?? 0])
    return { epoch: this.#state.epoch, heads: new Map(heads) }
  }

  beginHistory({ epoch, gen, heads, acked, told }: Promised): Promise<void> {
    return this.#alone(async () => {
      const state = this.#state
      const isBehind =
        [...heads].some(([county, head]) => head > (state.streams.get(county)?.head ?? 0)) ||
        (acked !== null && acked.n > (state.devices.get(acked.device)?.ackedN ?? 0)) ||
        !told.every((one) => this.#isDecided(one))
      const isLost = epoch === state.epoch ? isBehind : gen >= state.gen
      if (isLost) this.#newHistory(this.#ahead(), gen + 1)
    })
  }

  #isDecided({ county, device, n, hash }: ToldOp): boolean {
    const key = keyOf(county, device, n)
    const one = this.#state.receipts.get(key)
    const kept = one && one.outcome !== 'deciding' ? one.hash : this.#state.packed.get(key)
    return kept?.startsWith(hash) ?? false
  }

  /** What chance is in SQL: histories begun in one hour on two states of one database do not meet. */
  #ahead(): number {
    this.#begun += 1
    return (this.#begun * 617) % 1000
  }

  /** @param ahead hours to skip @param atLeast a generation known from elsewhere */
  #newHistory(ahead = 0, atLeast = 0): void {
    const hours = Math.round((this.#options.clock() - Date.UTC(2025, 0, 1)) / 3_600_000)
    const gen = Math.max(this.#state.gen + 1, atLeast, hours + ahead)
    for (const [county, one] of this.#state.streams)
      this.#state.streams.set(county, { ...one, head: Math.max(one.head, firstOf(gen)) })
    this.#state = { ...this.#state, gen, epoch: this.#options.newEpoch() }
  }

  /** One transaction after the other, as on the embedded database. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#busy.then(work)
    this.#busy = done.catch(() => {})
    return done
  }

  async #transaction<T>(scope: PushScope, work: (tables: PushTables) => Promise<T>): Promise<T> {
    this.#undo = []
    try {
      const value = await work(this.#pushTables(scope))
      const fault = this.#faults.shift() ?? this.onCommit?.(scope) ?? null
      if (fault !== null && fault !== 'lost-answer') throw new MemoryError(ERRORS[fault])
      this.#undo = []
      if (fault === 'lost-answer') throw new MemoryError(ERRORS[fault])
      return value
    } catch (error) {
      this.#rollback(0)
      throw error
    }
  }

  #rollback(to: number): void {
    while (this.#undo.length > to) this.#undo.pop()?.()
  }

  #put<K, V>(table: Map<K, V>, key: K, value: V): void {
    const had = table.has(key)
    const before = table.get(key) as V
    table.set(key, value)
    this.#undo.push(() => void (had ? table.set(key, before) : table.delete(key)))
  }

  #remove<K, V>(table: Map<K, V>, key: K): void {
    if (!table.has(key)) return
    const before = table.get(key) as V
    table.delete(key)
    this.#undo.push(() => void table.set(key, before))
  }

  #ledger(county: County): { records: Place[]; exits: Place[] } {
    const known = this.#ledgers.get(county)
    if (known) return known
    const made = { records: [], exits: [] }
    this.#ledgers.set(county, made)
    return made
  }

  #note(list: Place[], place: Place): void {
    list.push(place)
    this.#undo.push(() => void list.pop())
  }

  #rebuildLedgers(): void {
    this.#ledgers = new Map()
    const inOrder = <T extends { seq: number }>(rows: Iterable<T>) => [...rows].sort((a, b) => a.seq - b.seq)
    for (const one of inOrder(this.#state.records.values()))
      this.#ledger(one.county).records.push({ seq: one.seq, key: keyOf(one.county, one.kind, one.id) })
    for (const one of inOrder(this.#state.exits.values()))
      this.#ledger(one.county).exits.push({ seq: one.seq, key: keyOf(one.county, one.seq) })
  }

  #putRecord(county: County, row: RecordRow, before: MemoryRecord | undefined, at: number): void {
    const { fresh: _fresh, ...kept } = stored(row)
    const one: MemoryRecord = {
      ...kept,
      recorder: before ? before.recorder : kept.recorder,
      county,
      sv: 1,
      receivedAt: before?.receivedAt ?? at,
    }
    const key = keyOf(county, row.kind, row.id)
    this.#put(this.#state.records, key, one)
    this.#note(this.#ledger(county).records, { seq: row.seq, key })
  }

  #pushTables(scope: PushScope): PushTables {
    const counties = new Set(scope.counties)
    const devices = new Set(scope.devices)
    const state = this.#state
    const within = (county: County): void => {
      if (!counties.has(county)) throw new MemoryError('42501')
    }
    const factsOf = (list: readonly number[]) =>
      new Map(
        list.flatMap((id) => {
          const one = state.devices.get(id)
          return one
            ? [
                [
                  id,
                  { person: one.person, lastAnswerAt: one.lastAnswerAt, packedTo: 0, ackedN: one.ackedN },
                ] as const,
              ]
            : []
        }),
      )
    const lockedOf = (one: MemoryRecord): LockedRow => {
      const { kind, id, region, lane, recorder, office, rv, deleted, body, fv, losses } = one
      return { kind, id, region, lane, recorder, office, rv, deleted, body, fv, losses }
    }
    return {
      lockDevices: async (list) => factsOf(list.filter((one) => devices.has(one))),
      devicesOf: async (list) => factsOf(list),
      noteDevices: async (rows, at) => {
        for (const { device, news, acked } of rows) {
          const before = state.devices.get(device)
          if (!before || !devices.has(device)) continue
          const lastAnswerAt = news?.drained ? at.getTime() : before.lastAnswerAt
          this.#put(state.devices, device, {
            ...before,
            news: news ? stored(news) : before.news,
            lastSeen: news ? at.getTime() : before.lastSeen,
            lastAnswerAt,
            ackedN: Math.max(before.ackedN, acked),
          })
        }
      },
      history: async (list, told = []) => ({
        epoch: this.#state.epoch,
        gen: this.#state.gen,
        ringSafe: this.#state.ringSafe,
        heads: new Map(list.map((one) => [one, state.streams.get(one)?.head ?? 0])),
        decided: told.filter((one) => this.#isDecided(one)),
      }),
      claim: async (county, claims, at) => {
        within(county)
        return claims.flatMap(({ device, n, hash }) => {
          const key = keyOf(county, device, n)
          if (state.receipts.has(key)) return []
          const claimed = { outcome: 'deciding', detail: {}, seq: 0, rv: 0, at: at.getTime() }
          this.#put(state.receipts, key, { county, device, n, hash, ...claimed })
          return [{ device, n }]
        })
      },
      receipts: async (county, names) => {
        within(county)
        return names.flatMap(({ device, n }) => {
          const one = state.receipts.get(keyOf(county, device, n))
          if (!one || one.outcome === 'deciding') return []
          const { hash, outcome, detail, seq, rv } = one
          return [{ device, n, hash, outcome, detail, seq, rv } as StoredReceipt]
        })
      },
      packedReceipts: async (county, names) =>
        names.flatMap(({ device, n }) => {
          const hash = state.packed.get(keyOf(county, device, n))
          return hash === undefined ? [] : [{ device, n, hash }]
        }),
      decideReceipts: async (county, rows) => {
        within(county)
        for (const one of stored(rows)) {
          const key = keyOf(county, one.device, one.n)
          const before = state.receipts.get(key)
          if (before) this.#put(state.receipts, key, { ...before, ...one })
        }
      },
      unclaim: async (county, names) => {
        within(county)
        for (const { device, n } of names) {
          const key = keyOf(county, device, n)
          if (state.receipts.get(key)?.outcome === 'deciding') this.#remove(state.receipts, key)
        }
      },
      homes: async (ids) =>
        new Map(
          ids.flatMap((id) => {
            const county = state.homes.get(id)
            return county === undefined ? [] : [[id, county] as const]
          }),
        ),
      setHomes: async (rows) => {
        for (const { id, county } of rows) {
          within(county)
          this.#put(state.homes, id, county)
        }
      },
      ledgers: async () => [...state.streams.keys()].toSorted(),
      regions: async (codes) =>
        new Map(
          codes.flatMap((code) => {
            const facts = state.regions.get(code)
            return facts ? [[code, facts] as const] : []
          }),
        ),
      widen: async (list) => {
        for (const one of list) counties.add(one)
      },
      lockRecords: async (county, keys) => {
        within(county)
        return keys
          .flatMap(({ kind, id }) => {
            const one = state.records.get(keyOf(county, kind, id))
            return one ? [lockedOf(one)] : []
          })
          .sort(byKey)
      },
      lockBelonging: async (county, ids) => {
        within(county)
        const wanted = new Set<unknown>(ids)
        return [...state.records.values()]
          .filter((one) => one.county === county && (one.kind === 'meeting' || one.kind === 'attachment'))
          .filter(({ body }) => wanted.has(body['dispute'] ?? (body['of'] as unknown[] | undefined)?.[1]))
          .sort(byKey)
          .map(lockedOf)
      },
      left: async (county, keys) => {
        within(county)
        const wanted = new Set(keys.map(({ kind, id }) => keyOf(kind, id)))
        return [...state.exits.values()]
          .filter((one) => one.county === county && wanted.has(keyOf(one.kind, one.id)))
          .sort((a, b) => a.seq - b.seq)
          .map(({ kind, id, region, lane, rv, at }) => ({ kind, id, region, lane, rv, at }))
      },
      lockVillage: async (county, region, limit) => {
        within(county)
        return [...state.records.values()]
          .filter((one) => one.county === county && one.region === region)
          .sort(byKey)
          .slice(0, limit)
          .map(lockedOf)
      },
      reserve: async (county, gen, places) => {
        within(county)
        const before = state.streams.get(county) ?? { head: firstOf(gen), floor: 0 }
        this.#put(state.streams, county, { ...before, head: before.head + places })
        return before.head + 1
      },
      writeRecords: async (county, rows, at) => {
        within(county)
        for (const row of rows) {
          const before = state.records.get(keyOf(county, row.kind, row.id))
          if (row.fresh ? before : !before) throw new MemoryError('40001')
          if (countyOf(row.region) !== county) throw new MemoryError('23514')
          this.#putRecord(county, row, before, at.getTime())
        }
      },
      moveRecords: async (from, to, rows) => {
        within(from)
        within(to)
        for (const row of rows) {
          const key = keyOf(from, row.kind, row.id)
          const before = state.records.get(key)
          if (!before) throw new MemoryError('40001')
          this.#remove(state.records, key)
          this.#putRecord(to, row, before, before.receivedAt)
          for (const [at, loss] of state.losses)
            if (loss.county === from && loss.kind === row.kind && loss.id === row.id) {
              this.#remove(state.losses, at)
              this.#put(state.losses, keyOf(to, loss.kind, loss.id, loss.field, loss.rv), {
                ...loss,
                county: to,
              })
            }
        }
      },
      writeExits: async (county, rows, at) => {
        within(county)
        for (const row of rows) {
          const key = keyOf(county, row.seq)
          this.#put(state.exits, key, { ...row, county, at: at.getTime() })
          this.#note(this.#ledger(county).exits, { seq: row.seq, key })
        }
      },
      writeLosses: async (county, rows, at) => {
        within(county)
        for (const row of stored(rows)) {
          const key = keyOf(county, row.kind, row.id, row.field, row.rv)
          if (!state.losses.has(key))
            this.#put(state.losses, key, { ...row, county, at: at.getTime(), resolvedBy: null })
        }
      },
      settleLosses: async (county, rows) => {
        within(county)
        for (const { kind, id, field, rv, by } of rows) {
          const key = keyOf(county, kind, id, field, rv)
          const before = state.losses.get(key)
          if (before?.resolvedBy === null) this.#put(state.losses, key, { ...before, resolvedBy: by })
        }
      },
      writeRollup: async (county, rows) => {
        within(county)
        for (const row of rows) {
          const key = keyOf(county, row.region, row.metric, row.day)
          const n = (state.rollup.get(key)?.n ?? 0) + row.n
          this.#put(state.rollup, key, { ...row, county, n })
        }
      },
      writeDigest: async (county, rows) => {
        within(county)
        for (const { region, lane, n, x } of rows) {
          const key = keyOf(county, region, lane)
          const before = state.digests.get(key) ?? { n: 0, x: 0n }
          this.#put(state.digests, key, { county, region, lane, n: before.n + n, x: before.x ^ BigInt(x) })
        }
      },
      keepRefused: async (county, rows, at) => {
        within(county)
        for (const row of rows) {
          const text = JSON.stringify(row.op)
          const op = UNSTORABLE.test(text) ? { json: text } : (JSON.parse(text) as unknown)
          this.#put(state.refused, keyOf(county, row.device, row.n), {
            ...row,
            op,
            county,
            at: at.getTime(),
            askedAt: null,
            givenUpAt: null,
            note: '',
          })
        }
      },
      remark: async (county, rows, at) => {
        within(county)
        for (const { device, n, person, says, text } of stored(rows)) {
          const key = keyOf(county, device, n)
          const before = state.refused.get(key)
          if (before?.person !== person) continue
          const when = says === 'ask' ? { askedAt: at.getTime() } : { givenUpAt: at.getTime() }
          this.#put(state.refused, key, { ...before, ...when, note: text })
        }
      },
      audit: async (_at, events) => {
        const before = state.audit.length
        state.audit.push(...events)
        this.#undo.push(() => void (state.audit.length = before))
      },
      savepoint: async (work) => {
        const mark = this.#undo.length
        try {
          return await work()
        } catch (error) {
          this.#rollback(mark)
          throw error
        }
      },
    }
  }

  #pullTables({ rights, day }: PullScope): PullTables {
    const state = this.#state
    const eyes = eyesOf(rights, day)
    const seesWhole = (one: MemoryRecord): boolean => viewOf(eyes, placedOf(one), day) === 'full'
    const scope = scopeOf(eyes, day)
    const inLanes = (lane: string, region: RegionCode): boolean =>
      lane !== 'closed' && scope.full[lane as Lane].some((one) => covers(one, region))
    const keptOf = ({ kind, id, rv, region }: MemoryRecord): KeptRow => ({ kind, id, rv, region })
    const inCounty = (county: County) =>
      [...state.records.values()].filter((one) => one.county === county && !one.deleted)
    return {
      epoch: async () => this.#state.epoch,
      feed: async (county, after, limit) => this.#feed(county, after, limit, seesWhole, inLanes),
      digest: async (county) =>
        [...state.digests.values()]
          .filter((one) => one.county === county && inLanes(one.lane, one.region))
          .filter((one) => one.n !== 0 || one.x !== 0n)
          .sort((a, b) => byCode(a.region, b.region) || byCode(a.lane, b.lane))
          .map(({ region, lane, n, x }) => ({
            region,
            lane,
            n,
            x: BigInt.asUintN(64, x).toString(16).padStart(16, '0'),
          })),
      more: async (county) =>
        inCounty(county)
          .filter((one) => seesWhole(one) && !inLanes(one.lane, one.region))
          .sort(byKey)
          .map(keptOf),
      list: async (county, region) =>
        inCounty(county)
          .filter((one) => one.region === region && seesWhole(one))
          .sort(byKey)
          .map(keptOf),
      rows: async (county, keys) =>
        keys
          .flatMap(({ kind, id }) => {
            const one = state.records.get(keyOf(county, kind, id))
            return one && !one.deleted && seesWhole(one) ? [feedRowOf(one)] : []
          })
          .sort(byKey),
      answers: async (county, after) =>
        [...state.refused.values()]
          .flatMap((one) => {
            const { device, n, answered } = one
            const isHeard = one.county === county && one.person === rights.person
            return answered && isHeard && answered.at > after.getTime() ? [{ device, n, ...answered }] : []
          })
          .sort((a, b) => a.at - b.at || a.device - b.device || a.n - b.n),
      audit: async (_at, events) => void state.audit.push(...events),
    }
  }

  #feed(
    county: County,
    after: number,
    limit: number,
    seesWhole: (one: MemoryRecord) => boolean,
    inLanes: (lane: string, region: RegionCode) => boolean,
  ): Feed {
    const { streams, records, exits } = this.#state
    const ledger = this.#ledger(county)
    const live: FeedRow[] = []
    for (
      let at = firstAfter(ledger.records, after);
      at < ledger.records.length && live.length < limit;
      at++
    ) {
      const { seq, key } = ledger.records[at] as Place
      const one = records.get(key)
      if (one?.seq === seq && seesWhole(one)) live.push(feedRowOf(one))
    }
    const gone: FeedRow[] = []
    for (let at = firstAfter(ledger.exits, after); at < ledger.exits.length && gone.length < limit; at++) {
      const one = exits.get((ledger.exits[at] as Place).key)
      if (!one || !inLanes(one.lane, one.region)) continue
      const now = records.get(keyOf(county, one.kind, one.id))
      if (now && seesWhole(now)) continue
      const { seq, kind, id, region, lane, rv } = one
      const nothing = { sv: 0, deleted: false, recorder: null, body: null, losses: [] }
      gone.push({ seq, kind, id, region, lane, rv, gone: true, ...nothing })
    }
    return {
      head: streams.get(county)?.head ?? 0,
      floor: streams.get(county)?.floor ?? 0,
      rows: [...live, ...gone].sort((a, b) => a.seq - b.seq).slice(0, limit),
    }
  }
}

const placedOf = (one: MemoryRecord): Placed => ({
  id: one.id,
  region: one.region,
  lane: one.lane as Lane,
  recorder: one.recorder,
  office: one.office,
})

/** Rights of one day, so that looking at thousands of records compares no dates. */
const eyesOf = (rights: Rights, day: string): Rights => ({
  person: rights.person,
  grants: rights.grants.filter((one) => isValidOn(one, day)),
  records: rights.records.filter((one) => isValidOn(one, day)),
})

const feedRowOf = (one: MemoryRecord): FeedRow => {
  const { seq, kind, id, region, lane, rv, sv, deleted, recorder, body, losses } = one
  return { seq, kind, id, region, lane, rv, sv, deleted, gone: false, recorder, body, losses }
}

function firstAfter(list: readonly Place[], after: number): number {
  let [low, high] = [0, list.length]
  while (low < high) {
    const mid = (low + high) >> 1
    if ((list[mid] as Place).seq > after) high = mid
    else low = mid + 1
  }
  return low
}
