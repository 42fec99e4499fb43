import { makeTemplate, openInMemory } from '#server/database/embedded.ts'
import type { Lane } from '../lanes.ts'
import { EmbeddedServerStore } from './embedded-store.ts'

/** The servers on PGlite: one database for all worlds of this process, emptied between them. */
export async function embeddedLane(memory: Lane): Promise<Lane> {
  const database = await openInMemory(await makeTemplate())
  return {
    grounds: () => ({
      ...memory.grounds(),
      store: (time) => new EmbeddedServerStore(database, time),
      isPausing: false,
    }),
    close: () => database.close(),
  }
}
