import { jsonSchemaOf } from './json-schema.ts'
import { route, type RouteDefinition } from './route.ts'

type Json = Record<string, unknown>

const REFUSED: Json = {
  type: 'object',
  properties: { reason: { type: 'string' }, sentence: { type: 'string' } },
  required: ['reason', 'sentence'],
}

function parametersOf(one: RouteDefinition): Json[] {
  const parts = [
    ['path', one.params],
    ['query', one.query],
  ] as const
  return parts.flatMap(([place, schema]) => {
    if (!schema) return []
    const { properties, required } = jsonSchemaOf(schema) as { properties?: Json; required?: string[] }
    return Object.entries(properties ?? {}).map(([name, described]) => ({
      name,
      in: place,
      required: place === 'path' || (required ?? []).includes(name),
      schema: described,
    }))
  })
}

const operationOf = (one: RouteDefinition): Json => ({
  summary: one.summary,
  'x-mb-access': one.access,
  parameters: parametersOf(one),
  ...(one.body
    ? { requestBody: { required: true, content: { 'application/json': { schema: jsonSchemaOf(one.body) } } } }
    : {}),
  responses: {
    '200': { description: 'Done.' },
    '4XX': {
      description: 'Refused; nothing was changed.',
      content: { 'application/json': { schema: REFUSED } },
    },
  },
})

/** The description of all routes (OpenAPI 3.1), made from what they declare: there is no second copy to forget. */
export function describe(routes: readonly RouteDefinition[], version: string): Json {
  const paths: Record<string, Json> = {}
  for (const one of routes) {
    const path = one.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [one.method.toLowerCase()]: operationOf(one) }
  }
  return { openapi: '3.1.0', info: { title: '明白', version }, paths }
}

/** The route that answers the description, itself included. */
export function openapiRoute(others: readonly RouteDefinition[], version: string): RouteDefinition {
  const own: RouteDefinition = route({
    method: 'GET',
    path: '/api/openapi.json',
    summary: 'This description.',
    access: { actors: ['anyone'] },
    handler: () => described,
  })
  const described = describe([...others, own], version)
  return own
}
