import type { Database } from '../database/database.ts'
import { isDemoLoaded, loadDemo } from './load-demo.ts'

/** Shows one line that grows in place on a terminal, and only its end elsewhere. */
function progressLine(done: number, of: number): void {
  const line = `明白: loading the demo world ${Math.floor((done * 100) / Math.max(1, of))}%`
  if (process.stdout.isTTY) process.stdout.write(`\r${line}${done === of ? '\n' : ''}`)
  else if (done === of) console.log(line)
}

/** Loads the demo world into an empty folder; does nothing where it already is. */
export async function openDemo(database: Database, clock: () => number): Promise<void> {
  if (await isDemoLoaded(database)) return
  await loadDemo(database, clock, progressLine)
}
