import type { Id } from '#domain/id.ts'
import type { PushScope, PushTables, RecordRow, SyncDatabase } from '#server/repositories/sync/tables.ts'
import { must, same } from './violation.ts'

/** One decision as it was committed: what the server knew when it decided. */
export interface Decision {
  county: string
  device: number
  n: number
  hash: string
  outcome: string
  rv: number
  seq: number
  /** Epoch ms: when it was received, and the last answers its devices were given when nothing else waited. */
  at: number
  lastAnswers: ReadonlyMap<number, number>
}

/** One version of a record as it was written. */
export interface Version {
  county: string
  kind: string
  id: Id
  rv: number
  seq: number
  region: string
  lane: string
  deleted: boolean
  body: Record<string, unknown>
}

/** How much had been written down. */
interface Mark {
  decisions: number
  versions: number
  exits: number
}

/** What one transaction would add, forgotten when it is undone. */
interface Draft {
  at: number
  lastAnswer: Map<number, number>
  hashes: Map<string, string>
  decisions: Decision[]
  versions: Version[]
  /** Places given to records that left a county's sight. */
  exits: { county: string; seq: number }[]
}

/**
 * Sits between the service and its database and writes down what was committed: decisions in order, and every version of every
 * record. A history that was lost is cut off with `cut`; what its numbers named is remembered for ever, because no number may ever
 * name two things (I-33).
 */
export class Ledger {
  decisions: Decision[] = []
  /** Versions that each op ever made, in whatever history, by its fingerprint. */
  readonly everMade = new Map<string, number[]>()
  versions: Version[] = []
  exits: { county: string; seq: number }[] = []
  /** How often the history was put back. */
  cuts = 0
  readonly #named = new Map<string, { what: string; body: unknown }>()

  /** How much there is, for `cut`. */
  get mark(): Mark {
    const { decisions, versions, exits } = this
    return { decisions: decisions.length, versions: versions.length, exits: exits.length }
  }

  /**
   * The history is put back to an earlier mark.
   * @param isTold whether the servers know; when nobody told them, they go on counting from there until a phone shows them what they
   * had promised, so names of the lost part may come again
   */
  cut(mark: Mark, isTold: boolean): void {
    if (!isTold)
      for (const version of this.versions.slice(mark.versions)) {
        this.#named.delete(placeOf(version))
        this.#named.delete(nameOf(version))
      }
    this.cuts++
    this.decisions.length = mark.decisions
    this.versions.length = mark.versions
    this.exits.length = mark.exits
  }

  /** The database, watched. */
  over(inner: SyncDatabase): SyncDatabase {
    return {
      push: async <T>(scope: PushScope, work: (tables: PushTables) => Promise<T>) => {
        let draft = emptyDraft()
        const done = await inner.push(scope, (tables) => {
          draft = emptyDraft()
          return work(watched(tables, () => draft))
        })
        this.#commit(draft)
        return done
      },
      pull: (scope, work) => inner.pull(scope, work),
      heads: (counties) => inner.heads(counties),
      beginHistory: (promised) => inner.beginHistory(promised),
    }
  }

  #commit(draft: Draft): void {
    this.decisions.push(...draft.decisions)
    this.exits.push(...draft.exits)
    for (const { hash, rv } of draft.decisions)
      if (rv > 0) this.everMade.set(hash, [...(this.everMade.get(hash) ?? []), rv])
    for (const version of draft.versions) {
      const what = nameOf(version)
      this.#name(placeOf(version), what, null)
      this.#name(what, what, version.body)
      this.versions.push(version)
    }
  }

  #name(name: string, what: string, body: unknown): void {
    const known = this.#named.get(name)
    const isSame = known === undefined || (known.what === what && same(known.body, body))
    must(isSame, 'I-33', () => `${name} names two things: ${known?.what} and ${what}`)
    // Rows are replaced, never changed: what was written stays what it was.
    this.#named.set(name, { what, body })
  }
}

const nameOf = (one: Version): string => `${one.kind}/${one.id}@${one.rv}`
const placeOf = (one: Version): string => `place ${one.county}:${one.seq}`

const emptyDraft = (): Draft => ({
  at: 0,
  lastAnswer: new Map(),
  hashes: new Map(),
  decisions: [],
  versions: [],
  exits: [],
})

const versionOf = (county: string, row: RecordRow): Version => ({
  county,
  kind: row.kind,
  id: row.id,
  rv: row.rv,
  seq: row.seq,
  region: row.region,
  lane: row.lane,
  deleted: row.deleted,
  body: row.body,
})

/** Tables that note what is written through them. A savepoint that is undone takes its notes along. */
function watched(tables: PushTables, draft: () => Draft): PushTables {
  return {
    ...(Object.getPrototypeOf(tables) === Object.prototype ? tables : bound(tables)),
    async lockDevices(devices) {
      const found = await tables.lockDevices(devices)
      for (const [device, facts] of found) draft().lastAnswer.set(device, facts.lastAnswerAt)
      return found
    },
    async devicesOf(devices) {
      const found = await tables.devicesOf(devices)
      for (const [device, facts] of found) draft().lastAnswer.set(device, facts.lastAnswerAt)
      return found
    },
    async claim(county, claims, at) {
      draft().at = at.getTime()
      for (const one of claims) draft().hashes.set(`${one.device}/${one.n}`, one.hash)
      return tables.claim(county, claims, at)
    },
    async decideReceipts(county, rows) {
      const { at, hashes, lastAnswer } = draft()
      for (const { device, n, outcome, rv, seq } of rows)
        draft().decisions.push({
          county,
          device,
          n,
          outcome,
          rv,
          seq,
          at,
          hash: hashes.get(`${device}/${n}`) ?? '',
          lastAnswers: lastAnswer,
        })
      return tables.decideReceipts(county, rows)
    },
    async writeRecords(county, rows, at) {
      draft().versions.push(...rows.map((row) => versionOf(county, row)))
      return tables.writeRecords(county, rows, at)
    },
    async moveRecords(from, to, rows) {
      draft().versions.push(...rows.map((row) => versionOf(to, row)))
      return tables.moveRecords(from, to, rows)
    },
    async writeExits(county, rows, at) {
      draft().exits.push(...rows.map(({ seq }) => ({ county, seq })))
      return tables.writeExits(county, rows, at)
    },
    async savepoint(work) {
      const { decisions, versions, exits } = draft()
      const before = [decisions.length, versions.length, exits.length] as const
      try {
        return await tables.savepoint(work)
      } catch (error) {
        decisions.length = before[0]
        versions.length = before[1]
        exits.length = before[2]
        throw error
      }
    },
  }
}

/** The methods of an object that may be of a class, as a plain object. */
function bound(tables: PushTables): PushTables {
  const names = new Set<string>()
  for (
    let one: object | null = tables;
    one && one !== Object.prototype;
    one = Object.getPrototypeOf(one) as object | null
  )
    for (const name of Object.getOwnPropertyNames(one)) if (name !== 'constructor') names.add(name)
  const all = tables as unknown as Record<string, (...args: unknown[]) => unknown>
  return Object.fromEntries(
    [...names].map((name) => [name, (...args: unknown[]) => all[name]?.(...args)]),
  ) as unknown as PushTables
}
