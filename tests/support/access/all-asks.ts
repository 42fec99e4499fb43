import type { Ask } from './ask.ts'
import {
  asksOfAll,
  asksOfInvitations,
  asksOfLeaving,
  asksOfPeoplesPhones,
  asksOfRefused,
} from './asks-of-people.ts'
import { asksOfDesks, asksOfPhones, asksOfUploads } from './asks-of-records.ts'
import { asksOfDuty } from './duty.ts'
import { openOffice, type Office } from './office.ts'
import type { Thing } from './things.ts'
import type { AccessWorld } from './world.ts'

/** What the server says of itself. */
export interface Described {
  paths: Record<string, Record<string, { 'x-mb-access'?: { actors?: string[] } }>>
}

/** Operations of a description, as `METHOD /path`. */
export const operationsIn = ({ paths }: Described): string[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )

/** Opens the offices of a world, and says how each of its operations is asked. */
export async function allAsks(
  world: AccessWorld,
): Promise<{ described: Described; asks: Ask[]; office: Office & { told: Thing[] } }> {
  const json = async <T>(url: string): Promise<T> => (await world.send(null, { url })).json<T>()
  const described = await json<Described>('/api/openapi.json')
  const { pack: file } = await json<{ pack: string }>('/api/content/index.json')
  const { items } = await json<{ items: { slug: string; code: string }[] }>(`/api/content/${file}`)
  const stylesheet = operationsIn(described).find((one) => one.includes('/assets/public-')) ?? ''
  const item = {
    slug: items[0]?.slug ?? '',
    code: items[0]?.code ?? '',
    file,
    stylesheet: stylesheet.slice('GET '.length),
  }
  const office = await openOffice(world)
  const asks = [
    ...asksOfAll(world, office, item),
    ...asksOfDesks(world),
    ...asksOfUploads(world, office.uploads),
    ...asksOfRefused(world, office),
    ...asksOfInvitations(world, office),
    ...asksOfPeoplesPhones(world, office),
    ...asksOfLeaving(world, office),
    ...(await asksOfDuty(world, office)),
    // Last, because what they hand in and is refused lies on the desks afterwards.
    ...asksOfPhones(world),
  ]
  return { described, asks, office }
}
