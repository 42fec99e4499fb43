import type { FastifyReply, FastifyRequest } from 'fastify'
import * as v from 'valibot'
import type { ContentItem } from '#domain/content/content-item.ts'
import { HelperSchema } from '#domain/content/helper.ts'
import { RegionCodeSchema, type RegionCode } from '#domain/region/code.ts'
import { dayOf } from '#domain/time/day.ts'
import { renderArticlePage } from '../pages/article-page.ts'
import { readSize, type PublicContext } from '../pages/context.ts'
import { renderHelpPage } from '../pages/help-page.ts'
import { renderNotFoundPage } from '../pages/not-found-page.ts'
import { renderPosterPage } from '../pages/poster-page.ts'
import { publicStylesheet } from '../pages/stylesheet.ts'
import { renderTopicsPage } from '../pages/topics-page.ts'
import { renderTrustPage } from '../pages/trust-page.ts'
import type { Content } from '../services/content/open-content.ts'
import type { Trust } from '../trust/trust.ts'
import { route, type RouteDefinition } from './route.ts'

export interface PublicDeps {
  content: Content
  trust: Trust
  origin: string
  sponsor: string
  filingNo: string
  demo: boolean
  now(): number
  /** The village a visitor is in when the address names none (the demo has one); null: none. */
  homeVillage: RegionCode | null
  /** Name of a village and who helps there; null for a code nobody knows. */
  villageHelp(code: RegionCode): Promise<{
    name: string
    contacts: { name: string; role: string; phone: string | null; when: string }[]
  } | null>
}

const Query = v.looseObject({
  size: v.optional(v.pipe(v.string(), v.maxLength(4))),
  /** Twelve digits of a village, as printed in a poster's code. */
  village: v.optional(v.pipe(v.string(), v.maxLength(12))),
})
type Asked = v.InferOutput<typeof Query>
const stylesheet = publicStylesheet()

async function contextOf(deps: PublicDeps, request: FastifyRequest, asked: Asked): Promise<PublicContext> {
  const code = v.is(RegionCodeSchema, asked.village) ? asked.village : deps.homeVillage
  const place = code === null ? null : await deps.villageHelp(code)
  return {
    origin: deps.origin,
    village: place?.name ?? null,
    helpers: (place?.contacts ?? []).flatMap((one) =>
      v.is(HelperSchema, one.role)
        ? [{ name: one.name, role: one.role, phone: one.phone, when: one.when || null }]
        : [],
    ),
    sponsor: deps.sponsor || null,
    filingNo: deps.filingNo || null,
    demo: deps.demo,
    today: dayOf(deps.now()),
    registry: deps.content.registry,
    stylesheet: stylesheet.path,
    size: readSize(asked.size),
    path: request.url.split('?')[0] ?? '/',
    changeVillageHref: null,
    leaveWordHref: null,
  }
}

/** HTML that works without script, cookie or account. Five minutes in a cache: a changed law must not hide behind one. */
const page = (reply: FastifyReply, html: string, status = 200): FastifyReply =>
  reply
    .code(status)
    .type('text/html; charset=utf-8')
    .header('cache-control', 'public, max-age=300, no-transform')
    .send(html)

type Render = (item: ContentItem, context: PublicContext) => string

const articleRoute = (
  deps: PublicDeps,
  path: `/${string}`,
  summary: string,
  find: (name: string) => ContentItem | null,
  render: Render,
): RouteDefinition =>
  route({
    method: 'GET',
    path,
    access: { actors: ['anyone'] },
    summary,
    query: Query,
    params: v.object({ name: v.pipe(v.string(), v.maxLength(60)) }),
    async handler({ query, params, request, reply }) {
      const context = await contextOf(deps, request, query)
      const item = find(params.name)
      return item ? page(reply, render(item, context)) : page(reply, renderNotFoundPage(context), 404)
    },
  })

const plainPage = (
  deps: PublicDeps,
  path: `/${string}`,
  summary: string,
  render: (context: PublicContext) => string,
): RouteDefinition =>
  route({
    method: 'GET',
    path,
    access: { actors: ['anyone'] },
    summary,
    query: Query,
    handler: async ({ query, request, reply }) => page(reply, render(await contextOf(deps, request, query))),
  })

/** The content's own addresses: the pack for phones, then the pages that anybody may open. */
export const publicRoutes = (deps: PublicDeps): RouteDefinition[] => [
  route({
    method: 'GET',
    path: '/api/content/index.json',
    access: { actors: ['anyone'] },
    summary: 'Names the current content pack, its hash and size.',
    handler: ({ reply }) => reply.header('cache-control', 'no-cache').send({ ...deps.content.built.index }),
  }),
  route({
    method: 'GET',
    path: '/api/content/:file',
    access: { actors: ['anyone'] },
    summary: 'The content pack; its name changes with its content.',
    params: v.object({ file: v.pipe(v.string(), v.maxLength(60)) }),
    handler({ params, reply }) {
      const { file, json } = deps.content.built
      if (params.file !== file) return reply.callNotFound()
      return reply
        .type('application/json; charset=utf-8')
        .header('cache-control', 'public, max-age=31536000, immutable')
        .send(json)
    },
  }),
  route({
    method: 'GET',
    path: stylesheet.path as `/${string}`,
    access: { actors: ['anyone'] },
    summary: 'Stylesheet of the public pages.',
    handler: ({ reply }) =>
      reply
        .type('text/css; charset=utf-8')
        .header('cache-control', 'public, max-age=31536000, immutable')
        .send(stylesheet.body),
  }),
  articleRoute(deps, '/s/:name', 'An item by its share code.', deps.content.byCode, renderArticlePage),
  articleRoute(deps, '/c/:name', 'An item by its name.', deps.content.bySlug, renderArticlePage),
  articleRoute(
    deps,
    '/c/:name/poster',
    'A poster of an item, to print.',
    deps.content.bySlug,
    renderPosterPage,
  ),
  plainPage(deps, '/c', 'All items under their situations of life.', (context) =>
    renderTopicsPage(deps.content.items, context),
  ),
  plainPage(
    deps,
    '/help',
    'Who helps: people of the village first, then the lines everybody may call.',
    renderHelpPage,
  ),
  plainPage(deps, '/trust', 'What is promised, and how it was shown.', (context) =>
    renderTrustPage(deps.trust, context, 'zh'),
  ),
  plainPage(deps, '/trust/en', 'The same in English.', (context) =>
    renderTrustPage(deps.trust, context, 'en'),
  ),
]

/** The first page outside the demo: what happened, with everything to read. */
export const frontPage = (deps: PublicDeps): RouteDefinition =>
  plainPage(deps, '/', 'The first page.', (context) => renderTopicsPage(deps.content.items, context))
