import { keyOf } from '#phone/database/rows.ts'
import type { ExchangeRequest } from '#sync/protocol/wire.ts'
import type { World } from '../world/world.ts'
import { keyOfRecord } from './replay.ts'
import { Violation } from './violation.ts'

/**
 * I-35: after a new history the server's word counts, also where its version is the lower one: nobody asks twice for a record as it was
 * sent. Asked in fair weather, of databases that were put back with everybody told.
 */
export class Repairs {
  readonly #world: World
  readonly #wanted = new Set<string>()
  /** A phone that is looked at whatever the weather; null: none. */
  #watched: number | null = null
  #found: Violation | null = null

  constructor(world: World) {
    this.#world = world
  }

  /** A request has come. */
  async hears(phone: number, body: Uint8Array): Promise<void> {
    const { store, notary, isCalm } = this.#world
    if (!isCalm && this.#watched !== phone) return
    if (store.ledger.cuts === 0 || notary.cursorsSayNothing || notary.hasDamage()) return
    const { dev, pull } = JSON.parse(new TextDecoder().decode(body)) as ExchangeRequest
    const wanted = Object.values(pull?.want ?? {}).flat()
    if (wanted.length === 0) return
    const content = await store.content()
    const versions = new Map(content.records.map((row) => [keyOfRecord(row), row.rv]))
    for (const [kind, id] of wanted) {
      const key = keyOf(kind, id)
      // By number, not by phone: each of several people on it has a vault of their own.
      const name = `${dev} ${content.epoch} ${key}@${versions.get(key)}`
      if (this.#wanted.has(name))
        this.#found ??= new Violation('I-35', `phone ${phone} was sent ${key} and asks for it again`)
      this.#wanted.add(name)
    }
    if (isCalm && this.#found) this.#world.fail(this.#found)
  }

  /** Looks at one phone for so long; counts only when no fault struck meanwhile that may have cost an answer. */
  async during(phone: number, work: () => Promise<void>): Promise<void> {
    const struck = (): number =>
      [...this.#world.statistics.faults.values()].reduce((sum, one) => sum + one, 0)
    const before = struck()
    this.#watched = phone
    this.#found = null
    await work()
    this.#watched = null
    if (this.#found && struck() === before && !this.#world.isCalm) this.#world.fail(this.#found)
    this.#found = null
  }
}
