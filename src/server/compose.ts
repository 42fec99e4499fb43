import { join } from 'node:path'
import { levelOf, type RegionCode } from '#domain/region/code.ts'
import { dayOf } from '#domain/time/day.ts'
import { contactsAround } from './accounts/contacts.ts'
import { regionNames } from './accounts/people.ts'
import type { Config } from './config.ts'
import type { Database } from './database/database.ts'
import { deskRoutes } from './routes/desk.ts'
import { frontPage, publicRoutes, type PublicDeps } from './routes/public-routes.ts'
import type { RouteDefinition } from './routes/route.ts'
import { openContent } from './services/content/open-content.ts'
import { readTrust } from './trust/trust.ts'

const ROOT = join(import.meta.dirname, '..', '..')

export interface ComposeDeps {
  config: Config
  database: Database
  clock(): number
  /** The demo's own routes, its first page among them; null outside the demo. */
  demo: { routes: readonly RouteDefinition[]; homeVillage: RegionCode | null } | null
}

/** Name of a village and who helps there; null for what is no village or nobody knows. */
async function villageHelp(deps: ComposeDeps, code: RegionCode) {
  if (levelOf(code) !== 'village') return null
  const names = await deps.database.as('accounts', {}, (tx) => regionNames(tx, [code]))
  const region = names.get(code)
  if (!region) return null
  return { name: region.name, contacts: await contactsAround(deps.database, [code], dayOf(deps.clock())) }
}

/** The routes that are neither accounts nor sync: the desk, the public pages with the content, and the demo's own. */
export async function composeRoutes(deps: ComposeDeps): Promise<RouteDefinition[]> {
  const { config, database, clock } = deps
  const content = await openContent(join(ROOT, 'seeds'), config.demo ? 'demo' : 'production', dayOf(clock()))
  const pages: PublicDeps = {
    content,
    trust: readTrust(join(ROOT, 'seeds')),
    origin: config.origin,
    sponsor: config.sponsor,
    filingNo: config.filingNo,
    demo: config.demo,
    now: clock,
    homeVillage: deps.demo?.homeVillage ?? null,
    villageHelp: (code) => villageHelp(deps, code),
  }
  return [
    ...deskRoutes({ database, clock }),
    ...publicRoutes(pages),
    ...(deps.demo ? deps.demo.routes : [frontPage(pages)]),
  ]
}
