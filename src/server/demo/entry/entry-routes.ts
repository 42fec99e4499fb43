import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { FastifyRequest } from 'fastify'
import { seasonalItem } from '#domain/content/season.ts'
import { dayOf } from '#domain/time/day.ts'
import type { LoadedContent } from '../../content/load-content.ts'
import type { Database } from '../../database/database.ts'
import { Refusal } from '../../routes/refusal.ts'
import { route, type RouteDefinition } from '../../routes/route.ts'
import type { SyncDatabase } from '../../repositories/sync/tables.ts'
import { resetDemo } from '../reset-demo.ts'
import type { DemoSeeds } from '../seed-files.ts'
import { renderEntryPage, type DoorCard } from './entry-page.ts'
import { readInHand } from './in-hand.ts'
import { rowsOf, type HandRow } from './rows.ts'

export interface EntryDeps {
  database: Database
  /** The way in for what the demo wrote. */
  tables: SyncDatabase
  /** Epoch milliseconds. */
  clock(): number
  /** Port of the entry page; its people follow on the next ones. */
  mainPort(): number
  seeds: DemoSeeds
  content: Pick<LoadedContent, 'items' | 'calendar'>
}

const anyone = { actors: ['anyone'] } as const
const NO_DEMO = new Refusal(404, 'no-demo', '这里没有演示。')
const NOT_BACK = new Refusal(409, 'not-empty', '演示没有恢复成，请停下来换一个空的数据文件夹再开。')

/** A file of this folder under a name that changes with its content, so that it may be kept for ever. */
function asset(name: string, type: string): { path: `/${string}`; body: string; type: string } {
  const body = readFileSync(new URL(name, import.meta.url), 'utf8')
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 12)
  return { path: `/assets/${name.replace(/\.(?=\w+$)/, `-${hash}.`)}`, body, type }
}

const STYLESHEET = asset('entry.css', 'text/css; charset=utf-8')
const SCRIPT = asset('entry-client.js', 'text/javascript; charset=utf-8')

/** Where a door stands: the host by which this page was asked for, at the door's own port. */
function originOf(request: FastifyRequest, port: number): string {
  const host = /^[a-z0-9.-]+$|^\[[0-9a-f:]+\]$/i.test(request.hostname) ? request.hostname : 'localhost'
  return `${request.protocol}://${host}:${port}`
}

function doorsFor(deps: EntryDeps, request: FastifyRequest): DoorCard[] {
  const { world } = deps.seeds
  return world.doors.flatMap((door): DoorCard[] => {
    const one = world.people.find((person) => person.key === door.person)
    if (!one) return []
    const place = deps.seeds.committees.find((line) => line.region === one.at)?.name ?? ''
    const origin = originOf(request, deps.mainPort() + door.offset)
    const name = one.called ?? one.name
    if (one.coordinates)
      return [
        {
          name,
          what: `${place}司法所协调员`,
          origin,
          path: '/app/desk',
          button: '坐到他桌前',
          device: 'desk',
        },
      ]
    const [what, path] = one.as === 'mediator' ? ['调解员', '/app/'] : ['法律明白人', '/app/learn']
    return [{ name, what: `${place}${what}`, origin, path, button: '拿起她的手机', device: 'phone' }]
  })
}

const posterOf = (deps: EntryDeps) =>
  deps.content.items.find((one) => one.slug === deps.seeds.world.poster) ?? null

async function handsOf(deps: EntryDeps): Promise<HandRow[][]> {
  const today = dayOf(deps.clock())
  const inHand = await readInHand(deps.database, deps.seeds, today)
  const question = seasonalItem(deps.content.items, deps.content.calendar, today)?.item.posterTitle ?? null
  return rowsOf(inHand, question, posterOf(deps)?.posterTitle ?? null)
}

async function pageFor(deps: EntryDeps, request: FastifyRequest): Promise<string> {
  const [first] = deps.seeds.world.people
  return renderEntryPage({
    county: deps.seeds.world.county.name,
    doors: doorsFor(deps, request),
    rows: await handsOf(deps),
    poster: posterOf(deps),
    origin: originOf(request, deps.mainPort()),
    call: first?.phone ?? '',
    stylesheet: STYLESHEET.path,
    script: SCRIPT.path,
  })
}

const assetRoutes = (): RouteDefinition[] =>
  [STYLESHEET, SCRIPT].map(({ path, body, type }) =>
    route({
      method: 'GET',
      path,
      access: anyone,
      summary: 'A part of the demo’s first page.',
      handler: ({ reply }) =>
        reply.type(type).header('cache-control', 'public, max-age=31536000, immutable').send(body),
    }),
  )

/** The demo's first page with its parts, what its people have in hand, and putting the demo back. To be registered in a demo only. */
export const entryPageRoutes = (deps: EntryDeps): RouteDefinition[] => [
  ...assetRoutes(),
  route({
    method: 'GET',
    path: '/',
    access: anyone,
    summary: 'The demo’s first page.',
    handler: async ({ request, reply }) =>
      reply
        .type('text/html; charset=utf-8')
        .header('cache-control', 'no-store')
        .send(await pageFor(deps, request)),
  }),
  route({
    method: 'GET',
    path: '/api/demo/in-hand',
    access: anyone,
    summary: 'What the people of the demo have in hand now.',
    handler: async () => ({ rows: await handsOf(deps) }),
  }),
  route({
    method: 'POST',
    path: '/api/demo/reset',
    access: anyone,
    summary: 'Puts the demo back as it was when it was loaded.',
    handler: async () => {
      const done = await resetDemo(deps.database, deps.clock, undefined, deps.tables)
      if (!done.ok) return done.reason === 'no-demo' ? NO_DEMO : NOT_BACK
      return { ops: done.value.ops, tookMs: done.value.tookMs }
    },
  }),
]
