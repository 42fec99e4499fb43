import { realHandlers } from './world/handlers.ts'
import { memoryDisk } from './world/memory-disk.ts'
import { MemoryServerStore } from './world/memory-store.ts'
import type { Grounds } from './world/store.ts'
import { waitForKeys } from './world/time.ts'
import type { Story } from './world/story.ts'

/** Which stores a world stands on: all in memory, phones on Dexie over fake-indexeddb, or the server on PGlite or PostgreSQL. */
export type LaneName = 'memory' | 'dexie' | 'embedded' | 'postgresql'

/** A lane that was made ready; `close` gives back what it holds. */
export interface Lane {
  grounds(): Grounds
  /** What of a story can happen in this lane; absent: all of it. */
  fitting?(story: Story): Story
  close(): Promise<void>
}

const memory: Lane = {
  grounds: () => ({
    storage: () => memoryDisk(),
    store: (time) => new MemoryServerStore(time),
    build: realHandlers,
    isPausing: true,
  }),
  close: async () => undefined,
}

/** Makes a lane ready. What a lane needs is loaded only when it is asked for. */
export async function openLane(name: LaneName): Promise<Lane> {
  await waitForKeys()
  if (name === 'dexie') return (await import('./world/dexie-lane.ts')).dexieLane(memory)
  if (name === 'embedded') return (await import('./world/embedded-lane.ts')).embeddedLane(memory)
  if (name === 'postgresql') return (await import('./world/postgresql-lane.ts')).postgresqlLane(memory)
  return memory
}
