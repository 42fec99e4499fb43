import { MemoryStorage } from '#tests/support/memory-tables.ts'
import type { Disk, Watched } from './store.ts'

/** A phone's storage in memory. */
export function memoryDisk(storage: MemoryStorage = new MemoryStorage(true)): Disk {
  return {
    openTables: storage.openTables,
    peekTables: storage.peekTables,
    listVaults: storage.listVaults,
    look: storage.peekTables,
    answersAtOnce: true,
    watch: (vault) => storage.watch(vault) as Watched | null | undefined,
    upgraded: () => storage.lose('newer-build'),
    losePower: () => storage.losePower(),
    wipe: async (vault) => storage.wipe(vault),
    copied: async () => memoryDisk(storage.copy()),
  }
}
