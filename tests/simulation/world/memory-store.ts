import { dayOf } from '#domain/time/day.ts'
import type { SyncDatabase } from '#server/repositories/sync/tables.ts'
import { MemorySync, type MemoryState } from '#tests/support/memory-sync.ts'
import { Ledger } from '../oracle/ledger.ts'
import type { ServerContent } from '../oracle/server-content.ts'
import { NEW_CODE, VILLAGES } from './office.ts'
import type { PutBack, ServerStore } from './store.ts'
import type { Time } from './time.ts'

interface Copy {
  state: MemoryState
  mark: Ledger['mark']
}

const HOW = { failover: 'noticed', restored: 'by-operator', 'restored-quietly': 'unnoticed' } as const

/** The servers' database in memory. */
export class MemoryServerStore implements ServerStore {
  readonly ledger: Ledger
  readonly database: SyncDatabase
  readonly #memory: MemorySync
  readonly #time: Time
  #copy: Copy | null = null

  constructor(time: Time) {
    let epochs = 0
    this.#time = time
    this.#memory = new MemorySync({
      clock: () => time.now,
      newEpoch: () => `00000000-0000-4000-8000-${String(++epochs).padStart(12, '0')}`,
    })
    for (const code of [...VILLAGES, NEW_CODE]) this.#memory.setRegion(code)
    this.ledger = new Ledger()
    this.database = this.ledger.over(this.#memory)
  }

  async enrol(device: number, person: string): Promise<void> {
    this.#memory.addDevice(device, person)
  }

  async epoch(): Promise<string> {
    return this.#memory.state.epoch
  }

  async heads(): Promise<ReadonlyMap<string, number>> {
    return new Map([...this.#memory.state.streams].map(([county, one]) => [county, one.head]))
  }

  async recordIds(): Promise<string[]> {
    return [...this.#memory.state.records.values()].map((one) => one.id).sort()
  }

  async answerRefused(share: number, decision: 'returned' | 'noted'): Promise<boolean> {
    return this.#memory.answerRefused(share, decision)
  }

  markRemapped(from: string, to: string): Promise<void> {
    const facts = { validTo: dayOf(this.#time.now), mergedInto: to }
    return this.#memory.push({ counties: [], devices: [] }, async () => this.#memory.setRegion(from, facts))
  }

  async copy(): Promise<boolean> {
    if (this.#copy) return false
    this.#copy = { state: await this.#memory.snapshot(), mark: this.ledger.mark }
    return true
  }

  async putBack(how: PutBack): Promise<boolean> {
    const copy = this.#copy
    this.#copy = null
    if (!copy) return false
    // Devices are enrolled outside the sync service and are not what is lost here; what was decided of their ops is.
    const enrolled = [...this.#memory.state.devices].map(([id, one]) => [id, { ...one, ackedN: 0 }] as const)
    const devices = new Map([...enrolled, ...copy.state.devices])
    // What the office wrote down of villages it would write down again; what they hold is moved again later.
    const { regions } = this.#memory.state
    await this.#memory.restore({ ...copy.state, devices, regions }, HOW[how])
    this.ledger.cut(copy.mark, how !== 'restored-quietly')
    return true
  }

  async newHistory(): Promise<void> {
    await this.#memory.newHistory()
  }

  async backUp(): Promise<void> {
    // Whatever was to be put back is older than this backup, and nobody puts back what is older than a verified one.
    this.#copy = null
    this.#memory.setRingSafe(this.#time.now)
  }

  async content(): Promise<ServerContent> {
    const { state } = this.#memory
    return {
      epoch: state.epoch,
      gen: state.gen,
      heads: await this.heads(),
      records: [...state.records.values()],
      receipts: [...state.receipts.values()] as ServerContent['receipts'],
      refused: [...state.refused.values()],
      losses: [...state.losses.values()],
      rollup: new Map(
        [...state.rollup.values()].map((one) => [
          `${one.county}/${one.region}/${one.metric}/${one.day}`,
          one.n,
        ]),
      ),
      digest: new Map(
        [...state.digests.values()].map((one) => [
          `${one.county}/${one.region}/${one.lane}`,
          { n: one.n, x: String(one.x) },
        ]),
      ),
    }
  }

  async close(): Promise<void> {}
}
