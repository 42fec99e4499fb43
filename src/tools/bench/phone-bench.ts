import type pg from 'pg'
import type { RawServer } from './raw-server.ts'
import type { Tab } from './tabs.ts'

/** What the workloads of one phone share: the real server on PostgreSQL, a browser, and the floor beside them. */
export interface PhoneBench {
  say(line: string): void
  wanted(...names: string[]): boolean
  /** A fresh phone of the mediator in a browser profile of its own, entered and cut off. */
  phone(): Promise<Tab>
  /** The same with a PIN, and opened with it. */
  lockedPhone(): Promise<Tab>
  floor: Tab
  raw: RawServer
  sql: pg.Client
  mediator: string
}

/** Runs an expression in a tab and waits for what it promises. */
export const call = <T>(tab: Tab, code: string): Promise<T> => tab.page.evaluate<T>(code)
