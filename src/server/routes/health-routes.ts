import type { Database } from '../database/database.ts'
import type { Counters } from '../services/counters.ts'
import { healthOf } from '../services/health.ts'
import { Refusal } from './refusal.ts'
import { route, type RouteDefinition } from './route.ts'

export interface HealthDeps {
  database: Database
  version: string
  counters: Counters
  /** Whether the server is on its way down. */
  isStopping(): boolean
  /** fsync calls of the embedded database; undefined on PostgreSQL. */
  syncs?: (() => number) | undefined
}

const DOWN = new Refusal(503, 'database-down', '数据库没有回应，请稍后再试。', 5)
const STOPPING = new Refusal(503, 'stopping', '服务器正在停止，请稍后再试。', 5)

function gauges(deps: HealthDeps): string {
  const syncs = deps.syncs ? `mingbai_database_fsync_total ${deps.syncs()}\n` : ''
  return `mingbai_uptime_seconds ${Math.round(process.uptime())}\nmingbai_memory_bytes ${process.memoryUsage.rss()}\n${syncs}`
}

/** What whoever runs the server asks it. */
export const healthRoutes = (deps: HealthDeps): RouteDefinition[] => {
  const look = () => healthOf(deps.database, deps.version).catch(() => DOWN)
  return [
    route({
      method: 'GET',
      path: '/api/health',
      summary: 'Whether the server and its database answer.',
      access: { actors: ['anyone'] },
      handler: look,
    }),
    route({
      method: 'GET',
      path: '/api/ready',
      summary: 'Whether requests should be sent here now.',
      access: { actors: ['anyone'] },
      handler: () => (deps.isStopping() ? STOPPING : look()),
    }),
    route({
      method: 'GET',
      path: '/api/metrics',
      summary: 'Prometheus text; this machine or the metrics token only.',
      access: { actors: ['operator'] },
      handler: ({ reply }) =>
        reply.type('text/plain; version=0.0.4; charset=utf-8').send(deps.counters.text() + gauges(deps)),
    }),
  ]
}
