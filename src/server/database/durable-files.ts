import { closeSync, fsyncSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { NodeFS } from '@electric-sql/pglite/nodefs'

type Init = ReturnType<NodeFS['init']>

/** The parts of Emscripten's node file system that are hooked. Internals of the pinned PGlite; the self-test at start proves the hook. */
interface NodeFiles {
  NODEFS: {
    stream_ops: { fsync?: (stream: { nfd?: number; node: unknown }) => number }
    node_ops: { rename: (old: unknown, folder: unknown, name: string) => void }
    realPath: (node: unknown) => string
  }
}

/** Waits until what was made or renamed in a folder is on the disk. */
export function syncFolder(path: string): void {
  try {
    const folder = openSync(path, 'r')
    fsyncSync(folder)
    closeSync(folder)
  } catch (error) {
    // Windows cannot open folders; there a rename is durable once its file is.
    if (process.platform !== 'win32') throw error
  }
}

/**
 * PGlite on a folder with PostgreSQL's fsync made real. As shipped it starts with fsync off and its fsync call does nothing:
 * an acknowledged op would survive a dying process and not a power cut.
 */
export class DurableNodeFS extends NodeFS {
  /** fsync calls that reached the kernel. */
  syncs = 0

  override async init(...[pg, options]: Parameters<NodeFS['init']>): Init {
    const made = await super.init(pg, options)
    const hook = (module: unknown) => this.#hook((module as NodeFiles).NODEFS)
    // Reversed: the order in which PGlite's own hooks still find their folder mounted.
    const others = (made.emscriptenOpts as { preRun?: unknown[] }).preRun ?? []
    return {
      emscriptenOpts: {
        ...made.emscriptenOpts,
        preRun: [hook, ...others].reverse(),
      } as typeof made.emscriptenOpts,
    }
  }

  #hook(files: NodeFiles['NODEFS']): void {
    files.stream_ops.fsync = (stream) => {
      if (stream.nfd === undefined) syncFolder(files.realPath(stream.node))
      else fsyncSync(stream.nfd)
      this.syncs++
      return 0
    }
    const rename = files.node_ops.rename
    files.node_ops.rename = (old, folder, name) => {
      rename(old, folder, name)
      // A new log segment is renamed into place: without its folder on disk the segment's contents are nowhere.
      syncFolder(dirname(`${files.realPath(folder)}/${name}`))
    }
  }
}

/** PGlite's own start parameters with fsync left on, by the call that is hooked (the fdatasync one is a stub). */
export const DURABLE_PARAMETERS = [
  ...PGlite.defaultStartParams.filter((one) => one !== '-F'),
  '-c',
  'wal_sync_method=fsync',
]
