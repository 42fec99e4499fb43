import type { ContentPack } from '#domain/content/pack.ts'
import type { Live } from './api.ts'
import {
  CURRENT,
  openShelf,
  readPack,
  type PackRow,
  type ShelfNews,
  type ShelfPorts,
} from './content-rows.ts'
import { cell } from './live.ts'
import { roomForContent } from './storage-facts.ts'

export interface ContentShelf {
  /** The whole pack as it lies here: items, calendar, laws and version; nothing until one was ever brought. */
  content: Live<ContentPack>
  /** Looks for a newer pack and brings it. Never removes the old one before the new one is whole. */
  look(): Promise<ShelfNews>
  close(): void
}

/** It was checked when it was stored; a pack of a format this build cannot show counts as none. */
function packOf(row: PackRow): ContentPack | null {
  const pack = JSON.parse(new TextDecoder().decode(row.bytes)) as ContentPack
  return pack.format === 1 ? pack : null
}

/** The legal content of this phone: readable without a network as soon as it was brought once. */
export function createContentShelf(
  ports: ShelfPorts = {
    indexedDB,
    subtle: crypto.subtle,
    fits: roomForContent,
    fetch: (url, init) => fetch(url, init),
  },
): ContentShelf {
  const content = cell<ContentPack>()
  const db = openShelf(ports.indexedDB)
  const first = db
    .then((open) => readPack(open, CURRENT))
    .then((row) => (row ? packOf(row) : null))
    .then((pack) => (pack ? content.set(pack) : undefined))
    .catch(() => undefined)
  return {
    content,
    async look() {
      await first
      // Checking a download needs every schema of the content; the first screen does without them.
      const { lookForPack } = await import('./content-download.ts')
      return db.then(
        (open) => lookForPack(open, ports, content.set),
        () => 'offline' as const,
      )
    },
    close: () =>
      void db.then(
        (open) => open.close(),
        () => undefined,
      ),
  }
}
