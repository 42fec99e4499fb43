import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { databaseStorage } from '#phone/database/dexie-tables.ts'
import { databaseName, STORES, type Store } from '#phone/database/rows.ts'
import type { Lane } from '../lanes.ts'
import type { Disk } from './store.ts'
import { takeOverTasks } from './time.ts'

/** Writes that hang are the world's own doing here, and are ended with their page. */
const never = (): (() => void) => () => undefined

const deleted = (platform: IDBFactory, name: string): Promise<void> =>
  new Promise((done, fail) => {
    const request = platform.deleteDatabase(name)
    request.addEventListener('success', () => done())
    request.addEventListener('error', () => fail(request.error ?? new Error('not deleted')))
  })

/** A phone's storage as the app has it, over an IndexedDB of its own. */
function dexieDisk(): Disk {
  const platform = new IDBFactory()
  const storage = databaseStorage({ indexedDB: platform, keyRange: IDBKeyRange }, never)
  return {
    ...storage,
    look: async (vault) => ((await storage.listVaults()).includes(vault) ? storage.openTables(vault) : null),
    // What a pulled battery takes is the business of the lane in memory.
    losePower: () => undefined,
    wipe: (vault) => deleted(platform, databaseName(vault)),
    async copied() {
      const copy = dexieDisk()
      for (const vault of await storage.listVaults()) {
        const [from, to] = [await storage.openTables(vault), await copy.openTables(vault)]
        for (const store of Object.keys(STORES) as Store[]) {
          const rows = await from.read([store], (tables) => tables[store].all() as Promise<never[]>)
          await to.write([store], 'strict', (tables) =>
            (tables[store] as { putMany(rows: never[]): Promise<void> }).putMany(rows),
          )
        }
        from.close()
        to.close()
      }
      return copy
    },
  }
}

/** Phones on Dexie over fake-indexeddb, whose tasks run when the world lets them. */
export function dexieLane(memory: Lane): Lane {
  takeOverTasks()
  return { ...memory, grounds: () => ({ ...memory.grounds(), storage: () => dexieDisk() }) }
}
