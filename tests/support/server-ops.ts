import { randomUUID } from 'node:crypto'
import type { Op } from '#sync/protocol/op.ts'
import { NOW, VILLAGE, type Phone } from './server-world.ts'

export const newDispute = (more: Record<string, unknown> = {}) => ({
  type: 'D03',
  word: '',
  topic: '',
  parties: [{ id: randomUUID(), name: '示例甲', kind: 'person' }],
  facts: '地界',
  source: 'S1',
  place: '',
  happenedOn: '2026-11-20',
  acceptedOn: '2026-11-20',
  paperNo: '',
  mediator: null,
  mediatorName: '',
  flags: [],
  ...more,
})

export const newOutreach = (more: Record<string, unknown> = {}) => ({
  form: 'yard',
  topic: '',
  title: '示例',
  on: '2026-11-20',
  place: '',
  sixEntries: 'village',
  campaign: '',
  speakers: [],
  attendances: 30,
  countedHow: 'counted',
  people: null,
  materials: [],
  note: '',
  paperNo: '',
  ...more,
})

export const newMeeting = (dispute: string, more: Record<string, unknown> = {}) => ({
  dispute,
  on: '2026-11-20',
  place: '',
  notes: '两家坐下来说',
  helpers: [],
  ...more,
})

export interface OpParts {
  k: string
  kind?: string
  id?: string
  region?: string
  base?: number
  at?: number
  a?: Record<string, unknown>
  d?: number[]
  n?: number
  v?: number
}

/** The next op of a phone. */
export function opOf(phone: Phone, parts: OpParts): Op {
  const n = parts.n ?? ++phone.n
  return {
    i: randomUUID(),
    n,
    k: parts.k,
    v: parts.v ?? 1,
    e: [parts.kind ?? 'dispute', parts.id ?? randomUUID()],
    r: parts.region ?? VILLAGE,
    b: parts.base ?? 0,
    a: parts.a ?? {},
    t: [parts.at ?? NOW - 60_000, 1, 0],
    ...(parts.d ? { d: parts.d } : {}),
  }
}

export const createDispute = (
  phone: Phone,
  more: Partial<OpParts> & { body?: Record<string, unknown> } = {},
): Op => opOf(phone, { k: 'create', ...more, a: newDispute(more.body) })

export const createOutreach = (
  phone: Phone,
  more: Partial<OpParts> & { body?: Record<string, unknown> } = {},
): Op => opOf(phone, { k: 'outreach.log', kind: 'outreach', ...more, a: newOutreach(more.body) })

/** One record changed `times` by its phone. */
export const patches = (phone: Phone, id: string, times: number): Op[] =>
  Array.from({ length: times }, (_, i) => opOf(phone, { k: 'patch', id, base: 1, a: { facts: `第${i}次` } }))
