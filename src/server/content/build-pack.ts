import { createHash } from 'node:crypto'
import { isReachable, type Stage } from '#domain/content/review.ts'
import { lawsCited, type ContentIndex, type ContentPack } from '#domain/content/pack.ts'
import type { LoadedContent } from './load-content.ts'

/** JSON with every object's keys in order, so that equal content has equal bytes. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const keys = Object.keys(value).sort()
  const record = value as Record<string, unknown>
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalJson(record[key])}`).join(',')}}`
}

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex')

export type BuiltPack = { pack: ContentPack; index: ContentIndex; file: string; json: string }

/**
 * One pack from checked content: what phones store and the server shows. In production only signed items are in it.
 * Retired items stay in, because links to them were given out. The same content gives the same bytes.
 */
export function buildPack(content: LoadedContent, stage: Stage): BuiltPack {
  const items = content.items.filter((item) => isReachable(item, stage))
  const laws = lawsCited(items, content.registry)
  const version =
    items
      .map((item) => item.checkedOn)
      .sort()
      .at(-1) ?? '1970-01-01'
  const body = { format: 1 as const, stage, version, items, calendar: content.calendar, laws }
  const hash = sha256(canonicalJson(body))
  const pack: ContentPack = { ...body, hash }
  const json = canonicalJson(pack)
  const file = `pack-${hash.slice(0, 16)}.json`
  const index = {
    format: 1 as const,
    version,
    pack: file,
    hash,
    sha256: sha256(json),
    bytes: Buffer.byteLength(json),
  }
  return { pack, index, file, json }
}
