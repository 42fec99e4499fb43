import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Config } from '#server/config.ts'
import { holderOfFolder } from '#server/database/folder-lock.ts'
import { databaseIn } from '#server/database/swap.ts'
import { giveOrder, type Order } from '#server/jobs/orders.ts'
import { CannotDo } from './command-line.ts'

/** How long a running server may take to notice an order. */
const PATIENCE_MS = 15_000

/** The embedded database's holder, when one lives. */
export const holder = (config: Config): number | null =>
  config.databaseUrl === null ? holderOfFolder(resolve(config.dataFolder)) : null

/** Whether there is a database to work on. */
export const hasDatabase = (config: Config): boolean =>
  config.databaseUrl !== null || existsSync(databaseIn(resolve(config.dataFolder)))

/** Refuses when there is no database to work on, before one comes to be. */
export function refuseNothing(config: Config): void {
  if (!hasDatabase(config))
    throw new CannotDo(
      `there is no database in ${resolve(config.dataFolder)}; name its folder by MINGBAI_DATA, or its address by DATABASE_URL.`,
      'no-database',
    )
}

/** Has the server that holds the folder do it. Throws when it refuses or nobody answers. */
export async function ask(config: Config, pid: number, order: Order): Promise<unknown> {
  const path = resolve(config.dataFolder)
  const answer = await giveOrder(path, order, () => holderOfFolder(path) === pid, PATIENCE_MS)
  if (answer === null)
    throw new CannotDo(
      `process ${pid} holds the data folder ${path} and takes no orders; stop it first.`,
      'folder-in-use',
    )
  if (!answer.ok) throw new CannotDo(answer.sentence, answer.reason)
  return answer.value
}
