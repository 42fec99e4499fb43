import { configFrom } from './config.ts'
import { crashLine, sayNoMoreAtCrash } from './crash.ts'
import { refuseHeld } from './database/folder-lock.ts'
import { CannotStart } from './database/refused.ts'

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

sayNoMoreAtCrash()
try {
  const config = configFrom(process.env)
  if (config.databaseUrl === null) refuseHeld(config.dataFolder)
  // The server itself is read only now: whoever is refused is refused at once.
  const { start } = await import('./start.ts')
  const server = await start(config)
  stopOnSignal(() => server.close())
  console.log(`明白: ${server.url}`)
  if (config.demo) {
    const { doorLines } = await import('./demo/open-demo.ts')
    for (const line of doorLines(server.url)) console.log(line)
  }
  if (server.database.kind === 'embedded')
    console.log(
      '明白: the embedded database is for trial and demonstration; production uses PostgreSQL by DATABASE_URL.',
    )
} catch (error) {
  console.error(error instanceof CannotStart ? `明白: ${error.message}` : crashLine(error))
  process.exitCode = 1
}
