import type { Database } from '../database/database.ts'
import { epochOf } from '../repositories/health.ts'

export interface Health {
  status: 'ok'
  version: string
  database: Database['kind']
  epoch: string
}

/** Whether the database answers, and which history it holds; rejects when it does not answer. */
export const healthOf = async (database: Database, version: string): Promise<Health> => ({
  status: 'ok',
  version,
  database: database.kind,
  epoch: await database.as('app', {}, epochOf),
})
