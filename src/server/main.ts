import { configFrom } from './config.ts'
import { CannotStart } from './database/refused.ts'
import { doorLines } from './demo/open-demo.ts'
import { start } from './start.ts'

/** Stops cleanly at the first signal; a second one, or eight seconds, ends it where it is: what was answered is on the disk. */
function stopOnSignal(close: () => Promise<void>): void {
  let asked = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (asked) process.exit(1)
      asked = true
      setTimeout(() => process.exit(1), 8000).unref()
      close().then(
        () => process.exit(0),
        () => process.exit(1),
      )
    })
  }
}

try {
  const config = configFrom(process.env)
  const server = await start(config)
  stopOnSignal(() => server.close())
  console.log(`明白: ${server.url}`)
  if (config.demo) for (const line of doorLines(server.url)) console.log(line)
  if (server.database.kind === 'embedded')
    console.log(
      '明白: the embedded database is for trial and demonstration; production uses PostgreSQL by DATABASE_URL.',
    )
} catch (error) {
  if (!(error instanceof CannotStart)) throw error
  console.error(`明白: ${error.message}`)
  process.exitCode = 1
}
