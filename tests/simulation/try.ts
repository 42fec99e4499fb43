import { realHandlers } from './world/handlers.ts'
import { memoryDisk } from './world/memory-disk.ts'
import { MemoryServerStore } from './world/memory-store.ts'
import { storyOf } from './world/story.ts'
import { World } from './world/world.ts'

const [from = 1, to = 3] = process.argv.slice(2).map(Number)
let ms = 0
for (let seed = from; seed <= to; seed++) {
  const story = storyOf(String(seed))
  const began = performance.now()
  const world = new World(story, {
    storage: () => memoryDisk(),
    store: (time) => new MemoryServerStore(time),
    build: (time) => realHandlers(time),
  })
  await world.run()
  const took = Math.round(performance.now() - began)
  ms += took
  const faults = [...world.statistics.faults.values()].reduce((a, b) => a + b, 0)
  console.log(
    seed,
    took,
    'ms',
    world.statistics.events,
    'events',
    world.statistics.saves,
    'saves',
    world.notary.all().size,
    'ops',
    faults,
    'faults',
    world.store.ledger.decisions.length,
    world.wrong?.message.slice(0, Number(process.env['LONG'] ?? 300)) ?? 'ok',
  )
}
console.log(Math.round(ms / (to - from + 1)), 'ms each')
