import type { Id } from '#domain/id.ts'
import { countyOf, type RegionCode } from '#domain/region/code.ts'
import { accept, refuse } from '#domain/result.ts'
import { NoAnswer } from '#sync/engine/ports.ts'
import type { ListRow, Live } from '../api.ts'
import { META } from '../database/rows.ts'
import { cell } from '../live.ts'
import type { Note } from '../notes.ts'
import type { Context } from '../notebook/context.ts'
import { addFiles } from './add.ts'
import type { Attachments, FilesWaiting } from './api.ts'
import type { FilesNet } from './files-net.ts'
import type { FilesPorts } from './network.ts'
import { openBytes } from './pieces.ts'
import { Uploader } from './uploader.ts'

const never = (): Promise<never> => Promise.reject(new NoAnswer())

/** A phone without a way for files keeps them. */
export const NO_FILES: FilesPorts = {
  net: { head: never, begin: never, append: never, fetch: never, abort: () => undefined },
  network: { metered: () => null },
}

export interface AttachmentsParts {
  /** Files of records, as the list has them. */
  rows: Live<readonly ListRow[]>
  /** Does saves one after the other. */
  inTurn<T>(work: () => Promise<T>): Promise<T>
  /** A file was handed in: there is news to fetch. */
  handedIn(): void
  broken(error: unknown): void
}

export interface RunningAttachments extends Attachments {
  /** A change note came. */
  hears(note: Note): void
  /** It is worth trying: online, visible, signed in again. */
  wake(): void
  cut(on: boolean): void
  settled(): Promise<void>
  stop(): Promise<void>
}

const REFUSED = { 401: 'not-yours', 403: 'not-yours', 404: 'elsewhere' } as const

async function fetchBytes(net: FilesNet, region: RegionCode, id: Id): ReturnType<Attachments['fetch']> {
  try {
    const { status, bytes } = await net.fetch(countyOf(region), id)
    return bytes ? accept(bytes) : refuse(REFUSED[status as 404] ?? 'no-network')
  } catch (error) {
    if (error instanceof NoAnswer) return refuse('no-network')
    throw error
  }
}

/** Files of records: kept here, handed in by themselves, shown from here. */
export function attachments(ctx: Context, ports: FilesPorts, parts: AttachmentsParts): RunningAttachments {
  const waiting = cell<FilesWaiting>()
  const here = cell<ReadonlySet<Id>>()
  let news: FilesWaiting | undefined
  const uploader = new Uploader(ctx, {
    ...ports,
    handedIn: parts.handedIn,
    changed(next, ids) {
      news = next
      waiting.set(next)
      here.set(ids)
    },
    broken: parts.broken,
  })
  uploader.wake()
  const sizeOf = async (id: Id): Promise<number | null> =>
    (await ctx.tables.read(['blob'], ({ blob }) => blob.get(id)))?.size ?? null
  return {
    rows: parts.rows,
    here,
    waiting,
    async add(parent, files) {
      const done = await parts.inTurn(() => addFiles(ctx, parent, files))
      if (done.ok) uploader.wake()
      return done
    },
    async bytes(id) {
      const size = await sizeOf(id)
      return size === null ? null : openBytes(ctx, id, 0, size)
    },
    async fetch(id) {
      const region = parts.rows.get()?.find((one) => one.id === id)?.region
      return region === undefined ? refuse('not-yours') : fetchBytes(ports.net, region, id)
    },
    async wifiOnly() {
      if (ports.network.metered() === null) return null
      return (await ctx.tables.read(['meta'], ({ meta }) => meta.get(META.filesWifi)))?.value === 1
    },
    async setWifiOnly(on) {
      await ctx.tables.write(['meta'], 'relaxed', ({ meta }) =>
        meta.put({ name: META.filesWifi, value: on ? 1 : 0 }),
      )
      uploader.wake()
    },
    force: () => uploader.force(),
    hears(note) {
      // Only what may let a waiting file go, or says that one was taken: text that went, records of files that came.
      const isAboutFiles = note.keys?.some((key) => key.startsWith('attachment/')) ?? false
      const mayLetGo = (note.queue || note.sync) && ((news?.files ?? 0) > 0 || uploader.isDue)
      if (isAboutFiles || mayLetGo) uploader.wake()
    },
    wake: () => uploader.retry(),
    cut: (on) => uploader.cut(on),
    settled: () => uploader.settled(),
    stop: () => uploader.stop(),
  }
}
