import { startPostgres } from '../steps/postgres.ts'
import { startDemo, type DemoServer } from './demo-server.ts'
import { pageCode } from './page-code.ts'
import { startTabs } from './tabs.ts'

/** The demo world on a PostgreSQL of its own, and a browser whose tabs are its phones. */
export interface DemoBench {
  demo: DemoServer
  /** The database, as its superuser. */
  url: string
  open: Awaited<ReturnType<typeof startTabs>>['open']
}

/** Does some work over the demo world; whatever comes of it, nothing of the world is left. */
export async function withDemo<T>(
  say: (line: string) => void,
  work: (bench: DemoBench) => Promise<T>,
): Promise<T> {
  const script = await pageCode()
  const { url, stop } = await startPostgres()
  say('loading the demo world into PostgreSQL')
  const demo = await startDemo(url)
  const tabs = await startTabs(script)
  try {
    return await work({ demo, url, open: tabs.open })
  } finally {
    await tabs.close()
    await demo.stop()
    stop()
  }
}
