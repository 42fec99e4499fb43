import type { DeskRow } from '#domain/desk/overview.ts'
import type { Body } from '#domain/record/kind.ts'
import { skeletonOf } from '#domain/record/skeleton.ts'
import { maskedBody } from '../../privacy/sealed-body.ts'
import type { SeenRow } from '../../repositories/desk/rows.ts'

/** What a list says of a record that is not a dispute: enough to know it by, and nothing about anybody who only asked. */
const SHOWN: Readonly<Record<string, readonly string[]>> = {
  outreach: ['title', 'form', 'topic', 'on', 'attendances', 'countedHow'],
  lead: ['about', 'stage', 'on'],
  service: ['on'],
  screening: ['on'],
  'register.person': ['name', 'posts'],
  'register.organisation': ['name', 'sort', 'level', 'from', 'to'],
}

const only = (body: Body, keys: readonly string[]): Body =>
  Object.fromEntries(keys.flatMap((key) => (key in body ? [[key, body[key]]] : [])))

/**
 * A row of a list. Even where the reader's rights open the whole file, a list shows its skeleton (D-112): names come with opening it,
 * and opening is logged by record.
 */
export function listed({ kind, id, region, view, body, on, n, at, place }: SeenRow): DeskRow {
  const shown = kind === 'dispute' ? skeletonOf(kind, body) : only(body, SHOWN[kind] ?? [])
  return { kind, id, region, view, body: shown, on: on.slice(0, 10), n, at, place }
}

/** A record as opened: whole but for numbers, which are asked for one by one (TR-47), or its skeleton as the database gave it. */
export const opened = ({ kind, id, region, view, body, on, n, at, place }: SeenRow): DeskRow => ({
  kind,
  id,
  region,
  view,
  body: maskedBody(kind, body),
  on: on.slice(0, 10),
  n,
  at,
  place,
})
