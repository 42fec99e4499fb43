import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbedded } from '#server/database/embedded.ts'
import type { Proven } from './proof.ts'
import { portForServer, spawnServer, untilReady, type ServerProcess } from './server-process.ts'
import { enrol, exchange, isTaken, logOutreach, type ProofPhone } from './world.ts'

const VILLAGE = '999901101001'
const COUNTY = VILLAGE.slice(0, 6)
const DISK = '700m'
/** What the server keeps to let go of, by size. */
const BALLAST_BYTES = 64 * 1024 * 1024
const MB = 1024 * 1024

/** A disk of its own, small and in memory, seen by nobody but the server; the prepared folder is on it when the server begins. */
const SMALL_DISK = `mount -t tmpfs -o size=${DISK} tmpfs "$1" && cp -a "$2"/. "$1" && shift 2 && exec "$@"`

/** Root may mount in a name space of its own; others where the system lets them be root in one. null: here nobody may. */
function howToMount(): readonly string[] | null {
  const ways = [
    ['unshare', '-m'],
    ['unshare', '-rm'],
  ]
  return (
    ways.find(
      ([program = '', ...args]) =>
        spawnSync(program, [...args, 'sh', '-c', 'mount -t tmpfs tmpfs /mnt'], { stdio: 'ignore' }).status ===
        0,
    ) ?? null
  )
}

/** Fills a disk to its last byte. @returns bytes written */
function fill(path: string): number {
  const file = openSync(path, 'w')
  let bytes = 0
  try {
    for (let size = MB; size >= 4096;) {
      try {
        bytes += writeSync(file, Buffer.alloc(size))
      } catch {
        size /= 2
      }
    }
  } finally {
    closeSync(file)
  }
  return bytes
}

interface Tally {
  /** Records whose making was acknowledged, with their newest version. */
  acked: Map<string, number>
  refused: Map<number, number>
}

/** Hands in so many times. @returns how often it was taken */
async function pushes(server: ServerProcess, phone: ProofPhone, times: number, all: Tally): Promise<number> {
  let taken = 0
  for (let turn = 0; turn < times; turn++) {
    const ops = Array.from({ length: 10 }, () => logOutreach(phone, turn))
    const done = await exchange(server.url, phone, { push: ops })
    if (done.status === 200 && done.whole && done.acks.every(isTaken)) {
      taken++
      for (const [at, ack] of done.acks.entries()) all.acked.set(ops[at]?.e[1] ?? '', ack[3])
    } else {
      all.refused.set(done.status, (all.refused.get(done.status) ?? 0) + 1)
      // As on a phone: what was refused keeps its numbers and is offered again.
      phone.n -= ops.length
    }
  }
  return taken
}

/** Fetches everything. @returns versions by record, or null when the server does not answer well */
async function pullAll(server: ServerProcess, phone: ProofPhone): Promise<Map<string, number> | null> {
  const seen = new Map<string, number>()
  for (let cursor = 0; ;) {
    const done = await exchange(server.url, phone, { pull: { max: 500, s: { [COUNTY]: cursor } } })
    const [page] = done.pages
    if (done.status !== 200 || !page) return null
    for (const row of page.rows) seen.set(row[1], row[4])
    cursor = page.to
    if (page.to >= page.head) return seen
  }
}

async function prepare(folder: string): Promise<[ProofPhone, ProofPhone]> {
  const database = await openEmbedded(folder)
  const [one, two] = await enrol(database, [VILLAGE, VILLAGE])
  await database.close()
  if (!one || !two) throw new Error('no phones')
  return [one, two]
}

/** Waits until the server has put its ballast on the disk: it does so when it has served for some seconds. */
async function untilBallast(disk: string): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if ((statSync(join(disk, 'ballast'), { throwIfNoEntry: false })?.size ?? 0) >= BALLAST_BYTES) return
    await new Promise((next) => setTimeout(next, 100))
  }
  throw new Error('the server put no ballast on its disk')
}

/** What a proof on a full disk is about, from an empty disk over a full one to one with room again. */
async function story(
  server: ServerProcess,
  disk: string,
  [writer, reader]: [ProofPhone, ProofPhone],
  times: number,
) {
  const all: Tally = { acked: new Map(), refused: new Map() }
  const before = await pushes(server, writer, times, all)
  await untilBallast(disk)
  const filler = join(disk, 'filler')
  const filled = fill(filler)
  const whileFull = await pushes(server, writer, times, all)
  let reads = 0
  for (let i = 0; i < times; i++) if ((await pullAll(server, reader)) !== null) reads++
  const health = (await fetch(`${server.url}/api/health`)).status
  rmSync(filler)
  const after = await pushes(server, writer, times, all)
  const seen = await pullAll(server, reader)
  const lost = [...all.acked].filter(([id, rv]) => (seen?.get(id) ?? -1) < rv).length
  const tooMany = [...(seen ?? [])].filter(([id]) => !all.acked.has(id)).length
  return {
    before,
    filledMb: Math.round(filled / MB),
    whileFull,
    reads,
    health,
    after,
    acked: all.acked.size,
    lost,
    tooMany,
    refused: Object.fromEntries(all.refused),
  }
}

/**
 * The disk under the embedded database is written full to its last byte: what is handed in is refused and nothing is promised falsely,
 * fetching goes on, and when there is room again the same server takes work in again.
 */
export async function diskFull(options: { times: number }): Promise<Proven> {
  const under = howToMount()
  if (under === null)
    throw new Error('nobody may mount a small disk here (unshare -rm is refused), so this cannot be shown')
  const place = mkdtempSync(join(tmpdir(), 'mb-prove-'))
  let server: ServerProcess | null = null
  try {
    const [prepared, disk] = [join(place, 'prepared'), join(place, 'disk')]
    mkdirSync(disk)
    const phones = await prepare(prepared)
    const port = await portForServer()
    server = spawnServer({
      folder: disk,
      port,
      under: [...under, 'sh', '-c', SMALL_DISK, 'sh', disk, prepared],
    })
    await untilReady(server)
    const found = await story(
      server,
      join('/proc', String(server.child.pid), 'root', disk),
      phones,
      options.times,
    )
    const { before, whileFull, reads, health, after, lost, tooMany } = found
    const same = server.child.exitCode === null
    return {
      pass:
        same &&
        before === options.times &&
        whileFull === 0 &&
        reads === options.times &&
        health === 200 &&
        after === options.times &&
        lost === 0 &&
        tooMany === 0,
      figures: { ...found, refused: JSON.stringify(found.refused), restarted: !same },
    }
  } finally {
    server?.child.kill('SIGKILL')
    await server?.gone
    rmSync(place, { recursive: true, force: true })
  }
}
