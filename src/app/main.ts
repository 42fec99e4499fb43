import { ref } from 'vue'
import { createClock } from './clock.ts'
import { createDesk } from './desk.ts'
import { createDirty } from './dirty.ts'
import { createEntry } from './entry.ts'
import { lateNotebook } from './late-notebook.ts'
import type { ContentPack } from '#domain/content/pack.ts'
import type { Live } from '#phone/api.ts'
import type { Demo, Services } from './services.ts'
import { createSettings } from './settings.ts'
import { start } from './start.ts'
import { createUpdate, reloadOnMissingChunk } from './update.ts'

const neverLive = (): Live<ContentPack> => ({ get: () => undefined, subscribe: () => () => undefined })

async function askDemo(services: Services): Promise<void> {
  const answer = await services.desk.get<{ demo: boolean; person: string; port: number }>('/api/demo')
  if (answer.ok && answer.value?.demo)
    services.demo.value = { person: answer.value.person, port: answer.value.port }
}

// Where nothing can be kept, the static page already says what to do.
if (!document.documentElement.hasAttribute('data-env')) {
  const dirty = createDirty()
  const update = createUpdate(dirty)
  reloadOnMissingChunk(dirty)
  const services: Services = {
    notebook: lateNotebook(
      async () => {
        throw new Error('no notebook yet')
      },
      async () => null,
    ),
    desk: createDesk(),
    entry: createEntry(update.version),
    settings: createSettings(),
    clock: createClock(),
    update,
    shelf: { content: neverLive() },
    dirty,
    demo: ref<Demo | null>(null),
  }
  const begin = async () => {
    await start(services)
    await Promise.all([askDemo(services), update.start()])
  }
  void begin()
}
