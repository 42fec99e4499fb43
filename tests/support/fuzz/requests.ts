import { gzipSync } from 'node:zlib'
import type { InjectOptions } from 'fastify'
import type { Described } from '../access/all-asks.ts'
import type { Ask } from '../access/ask.ts'
import type { Actor } from '../access/cast.ts'
import { makeThing, type Thing } from '../access/things.ts'
import type { Dice } from './dice.ts'
import { withAnotherOp } from './ops.ts'
import { hostileText, hostileValue, spoil, valueFor, wordsIn, type Schema, type Seen } from './values.ts'

/** valid: as whoever may would ask; made: drawn from the schema; nearly: wrong in a place or two; hostile: whatever comes. */
export type Sort = 'valid' | 'made' | 'nearly' | 'hostile'
const SORTS: readonly Sort[] = ['valid', 'made', 'nearly', 'nearly', 'hostile']

export interface Shot {
  operation: string
  sort: Sort
  actor: Actor
  options: InjectOptions
}

interface Operation {
  parameters?: { name: string; in: 'path' | 'query'; required: boolean; schema: Schema }[]
  requestBody?: { content: { 'application/json': { schema: Schema } } }
}

const operationOf = ({ paths }: Described, ask: Ask): Operation => {
  const [method = '', path = ''] = ask.operation.split(' ')
  return (paths[path]?.[method.toLowerCase()] ?? {}) as Operation
}

const bodyOf = (options: InjectOptions): unknown =>
  typeof options.payload === 'string' ? (JSON.parse(options.payload) as unknown) : undefined

/** Words and numbers of requests that succeed. */
export function seenIn(asks: readonly Ask[], actors: readonly Actor[]): Seen {
  const strings = new Set<string>()
  const numbers = new Set<number>()
  for (const ask of asks)
    for (const thing of ask.things ?? [makeThing('')]) {
      const options = ask.send(actors[2] as Actor, thing)
      wordsIn(bodyOf(options), { strings, numbers })
      const [path = '', query = ''] = String(options.url).split('?')
      for (const one of path.split('/').slice(2)) strings.add(one)
      for (const one of new URLSearchParams(query).values()) strings.add(one)
    }
  return { strings: [...strings], numbers: [...numbers] }
}

function queryFor({ parameters = [] }: Operation, seen: Seen, dice: Dice, wrong: boolean): string {
  const query = new URLSearchParams()
  for (const one of parameters.filter((each) => each.in === 'query'))
    if (one.required || dice.chance(0.5)) {
      const value = wrong && dice.chance(0.5) ? hostileText(dice) : valueFor(one.schema, seen, dice)
      // A lone half of a sign cannot be written into an address.
      query.set(one.name, Buffer.from(String(value)).toString())
    }
  const text = query.toString()
  return text === '' ? '' : `?${text}`
}

const HOSTILE_HEADERS: readonly Readonly<Record<string, string>>[] = [
  { 'content-type': 'text/plain' },
  { 'content-type': 'application/json; charset=utf-16' },
  { 'content-type': 'application/offset+octet-stream' },
  { 'content-encoding': 'gzip' },
  { 'content-encoding': 'deflate' },
  { 'accept-encoding': 'gzip;q=zz, *' },
  { range: 'bytes=5-1,-9999999999' },
  { 'if-none-match': '"'.repeat(50) },
  { 'upload-offset': '-1', 'tus-resumable': '1.0.0' },
  { 'upload-offset': '1e3', 'upload-length': '99999999999999999999', 'tus-resumable': '9' },
  { 'upload-metadata': 'county,attachment x sha256 !!!!', 'upload-length': '5' },
  { 'upload-defer-length': '1', 'upload-concat': 'partial' },
  { cookie: '__Host-mb=\u00ff; __Host-mb=a; mb=b' },
  { 'x-forwarded-for': '127.0.0.1', 'x-forwarded-host': 'example.org', 'x-http-method-override': 'DELETE' },
  { origin: 'null' },
  { host: 'example.org:80' },
]

function hostileBody(dice: Dice): InjectOptions['payload'] {
  switch (dice.below(6)) {
    case 0:
      return '{"a":'
    case 1:
      return Buffer.from([0xff, 0xfe, 0x00, 0x22])
    case 2:
      return gzipSync(Buffer.alloc(3_000_000, 91))
    case 3:
      return '['.repeat(5000)
    case 4:
      return ''
    default:
      return JSON.stringify(hostileValue(dice))
  }
}

const pathWith = (url: string, dice: Dice): string => {
  const [path = '', query] = url.split('?')
  const parts = path.split('/')
  const at = 1 + dice.below(parts.length - 1)
  parts[at] = encodeURIComponent(Buffer.from(hostileText(dice).slice(0, 300)).toString())
  return parts.join('/') + (query === undefined ? '' : `?${query}`)
}

/** Makes one request after the other. */
export class Gun {
  readonly #asks: readonly Ask[]
  readonly #actors: readonly Actor[]
  readonly #described: Described
  readonly #seen: Seen
  readonly #dice: Dice
  readonly #handingIn: Ask
  #next = 0

  constructor(of: { asks: readonly Ask[]; actors: readonly Actor[]; described: Described; dice: Dice }) {
    this.#asks = of.asks
    this.#actors = of.actors
    this.#described = of.described
    this.#seen = seenIn(of.asks, of.actors)
    this.#dice = of.dice
    this.#handingIn = of.asks.find(({ part }) => part === 'change') as Ask
  }

  #spoiled(base: InjectOptions, operation: Operation): InjectOptions {
    const dice = this.#dice
    let body = bodyOf(base)
    if (body === undefined) {
      const url = String(base.url)
      const [path = ''] = url.split('?')
      return dice.chance(0.5) || path.split('/').length < 4
        ? { ...base, url: path + queryFor(operation, this.#seen, dice, true) }
        : { ...base, url: pathWith(url, dice) }
    }
    for (let i = 1 + dice.below(2); i > 0; i--) body = spoil(body, this.#seen, dice)
    return { ...base, payload: JSON.stringify(body) ?? '' }
  }

  #made(base: InjectOptions, operation: Operation): InjectOptions {
    const dice = this.#dice
    const schema = operation.requestBody?.content['application/json'].schema
    const [path = ''] = String(base.url).split('?')
    const url = operation.parameters?.some((one) => one.in === 'query')
      ? path + queryFor(operation, this.#seen, dice, false)
      : String(base.url)
    if (!schema) return { ...base, url }
    const made = valueFor(schema, this.#seen, dice)
    const own = bodyOf(base) as Record<string, unknown>
    // Who is asking and by which words must be right to get any further.
    const kept = Object.fromEntries(Object.entries(own).filter(([key]) => ['p', 'dev', 'app'].includes(key)))
    return { ...base, url, payload: JSON.stringify({ ...(made as object), ...kept }) }
  }

  #hostile(base: InjectOptions): InjectOptions {
    const dice = this.#dice
    const more = dice.pick(HOSTILE_HEADERS)
    const headers = { ...base.headers, ...more }
    if (base.payload === undefined) return { ...base, url: pathWith(String(base.url), dice), headers }
    return dice.chance(0.5)
      ? { ...base, headers, payload: hostileBody(dice) as string }
      : { ...base, payload: hostileBody(dice) as string }
  }

  /** The next: operations in turn, everything else by chance; every fifth hands in an op. */
  next(): Shot & { ask: Ask; thing: Thing } {
    const dice = this.#dice
    const handingIn = this.#next % 5 === 4
    const ask = handingIn ? this.#handingIn : (this.#asks[this.#next % this.#asks.length] as Ask)
    this.#next++
    const things = [...(ask.things ?? [makeThing('')]), ...(ask.missing ? [ask.missing] : [])]
    const thing = dice.pick(things)
    const actor = dice.pick(this.#actors)
    const sort = dice.pick(SORTS)
    const sent = ask.send(actor, thing)
    const base = handingIn
      ? { ...sent, payload: JSON.stringify(withAnotherOp(bodyOf(sent), this.#seen, dice)) }
      : sent
    const operation = operationOf(this.#described, ask)
    const options =
      sort === 'valid'
        ? base
        : sort === 'made'
          ? this.#made(base, operation)
          : sort === 'nearly'
            ? this.#spoiled(base, operation)
            : this.#hostile(base)
    return { operation: ask.operation, sort, actor, options, ask, thing }
  }
}
